// Pages of a signed-in resident: home, drafts page by page, filings. Private to procedures.
#pragma once

#include "procedures/asked.h"
#include "procedures/flow.h"

namespace musubi::procedures {

// home_pages.cc
Result<http::Response> home_page(const Asked& asked);
Result<http::Response> home_data(const Asked& asked);
Result<http::Response> home_table(const Asked& asked);
Result<http::Response> start_page(const Asked& asked);
Result<http::Response> start_post(const Asked& asked);

// basket_pages.cc
Result<http::Response> basket_page(const Asked& asked);
Result<http::Response> check_page(const Asked& asked);
Result<http::Response> sign_post(const Asked& asked);
Result<http::Response> signed_page(const Asked& asked);
Result<http::Response> done_page(const Asked& asked);
Result<http::Response> basket_delete_post(const Asked& asked);
Result<http::Response> basket_fetch_post(const Asked& asked);
Result<http::Response> basket_newer_post(const Asked& asked);

// form_pages.cc
Result<http::Response> form_page(const Asked& asked);
Result<http::Response> form_post(const Asked& asked);
Result<http::Response> contest_page(const Asked& asked);
Result<http::Response> contest_post(const Asked& asked);

// entry_pages.cc
Result<http::Response> entry_page(const Asked& asked);
Result<http::Response> entry_post(const Asked& asked);
Result<http::Response> entry_remove_post(const Asked& asked);
web::Markup entries_markup(const Asked& asked, const Basket& basket, const FormPage& page, const Field& group);

// filing_pages.cc
Result<http::Response> filing_page(const Asked& asked);
Result<http::Response> filing_receipt(const Asked& asked);
Result<http::Response> filing_notice(const Asked& asked);
Result<http::Response> filing_amend_post(const Asked& asked);
Result<http::Response> withdraw_page(const Asked& asked);
Result<http::Response> withdraw_post(const Asked& asked);
Result<http::Response> withdrawn_page(const Asked& asked);
web::Markup filings_markup(const Asked& asked, const std::vector<Filing>& filings, int level = 3);  // of the headings

// message_pages.cc
Result<http::Response> messages_page(const Asked& asked);
Result<http::Response> messages_data(const Asked& asked);
Result<http::Response> messages_table(const Asked& asked);
Result<http::Response> message_post(const Asked& asked);
std::string filing_title(const Asked& asked, const std::string& procedure);
Member member_called(const Asked& asked, const std::string& id);
// A filing's page, with what was typed to its office and what is wrong with it.
Result<http::Response> draw_filing(const Asked& asked, const std::string& message, const std::vector<Fault>& faults, int status);

// The draft of the request's {basket} and its pack.
struct OpenBasket {
  Basket basket;
  const Pack* pack = nullptr;
  std::string at(const Asked& asked, const std::string& below = {}) const { return asked.at("/my/baskets/" + basket.id + below); }
};
Result<OpenBasket> open_basket(const Asked& asked);
struct OpenPage {
  OpenBasket open;
  const FormPage* page = nullptr;
  std::vector<const Field*> fields;
};
Result<OpenPage> open_page(const Asked& asked);  // error: procedures.unknown_page
std::string person_of(const Asked& asked);
std::string next_address(const Asked& asked, const OpenPage& page, bool to_check);
// "From the record of Aoba, 21 November 2026, 10:20", with a link to contest it.
web::Markup source_markup(const Asked& asked, const Provenance& source, const std::string& contest_href);
web::Markup post_button(const Asked& asked, const std::string& action, std::string_view words,
                        const std::vector<std::pair<std::string, std::string>>& hidden = {});
std::string csrf(const Asked& asked);

}  // namespace musubi::procedures
