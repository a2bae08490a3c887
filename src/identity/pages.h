// The pages of identity: sign-in by one-time link and by card, sessions, the officer's home, officers, residents, posts,
// cards.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "db/store.h"
#include "http/router.h"
#include "identity/card_signing.h"
#include "web/page.h"

namespace musubi::identity {

// The cases that entries in the register rest on. Functions run inside the transaction of the entry.
struct GroundCase {
  Text title;                                 // of its procedure
  std::vector<std::string> persons;           // own codes of those whom it is about
  std::vector<std::pair<Text, Text>> wanted;  // of a correction: what the record said, what it should say, why, what it says now
  bool erased = false;                        // on order: nothing more is written of whom it was about
};
struct CaseGround {
  std::function<Result<std::optional<GroundCase>>(db::Reader&, const std::string& case_id)> find;
  // The decision on the case was entered, or needs no entry (`why`): for its history and for the applicant.
  std::function<Result<void>(db::Transaction&, const std::string& case_id, bool entered, const std::string& why,
                             const std::string& officer)>
      settled;
};

// Given by the wiring; outlives the router. The functions may be called from any thread.
struct RouteContext {
  db::Store& store;
  Clock& clock;
  std::function<std::string()> base_url;  // "https://musubi.example", as people reach this server
  std::function<web::Site(const http::Request&, const std::string& organisation)> site;
  std::vector<web::SiteLink> office;                               // what officers can open, below /{org}: "/office/plans"
  std::function<void(const std::string& organisation)> signed_in;  // after a sign-in
  CardDesk cards = {};                                             // sign-in of residents
  // What the officer's posts are reminded of, for the start page. May be empty.
  std::function<Result<web::Markup>(const http::Request&, const std::string& organisation)> reminders = {};
  // An officer saw entries of the register, in a list or one: for the lists that the persons see. In the transaction of the record
  // of it; returns the stream it goes into. Empty: nobody else keeps a list.
  std::function<Result<std::string>(db::Transaction&, const std::string& organisation, const std::vector<std::string>& persons,
                                    const std::string& officer, bool list)>
      note_seen = {};
  // Empty: an organisation without cases.
  std::function<Result<CaseGround>(const std::string& organisation)> cases = {};
  std::function<Text(const std::string& item)> item = {};  // what people call an item of the register: "person.name"
};

std::vector<http::Route> sign_in_routes(const RouteContext& context);
std::vector<http::Route> card_routes(const RouteContext& context);  // residents at the card, their sessions
std::vector<http::Route> office_routes(const RouteContext& context);
std::vector<http::Route> register_routes(const RouteContext& context);     // residents, their entries, posts
std::vector<http::Route> card_office_routes(const RouteContext& context);  // the linker's cards

// The address of a one-time link.
std::string link_address(const std::string& base_url, const std::string& organisation, const std::string& token);

}  // namespace musubi::identity
