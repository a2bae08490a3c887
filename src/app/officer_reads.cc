// What officers saw of cases and of the register, as it stands in the lists of those whom it is about: the post, never the officer.
#include <map>
#include <set>

#include "app/services.h"
#include "exchange/member.h"
#include "identity/posts.h"
#include "procedures/pack.h"
#include "procedures/procedures.h"
#include "records/records.h"

namespace musubi::app {
namespace {

Text legal_basis_of(const std::string& procedure) {
  for (const auto& pack : procedures::embedded_packs())
    if (const auto* found = pack.procedure(procedure)) return found->legal_basis;
  return {};
}

Text named(const Text& post) {
  if (post.ja.empty()) return {"担当者", "An officer"};
  return {"「" + post.ja + "」の担当者", "An officer of the post \"" + post.en + "\""};
}

// One sentence, however many there were.
Text opened_bodies(const std::set<std::uint64_t>& indexes) {
  std::string first = std::to_string(*indexes.begin()), last = std::to_string(*indexes.rbegin()),
              count = std::to_string(indexes.size());
  if (indexes.size() == 1)
    return {"管理者がログの記録 " + first + " の本文を開いた", "An administrator opened the body of record " + first + " of the log"};
  return {"管理者がログの記録 " + first + " から " + last + " までのうち " + count + " 件の本文を開いた",
          "An administrator opened the bodies of " + count + " records of the log, from " + first + " to " + last};
}

// Whom a record's body is about, as its stream tells.
Result<std::vector<std::string>> persons_of(db::Reader& reader, const std::string& stream) {
  auto id_in = [&](std::string_view prefix) -> std::string {
    if (!stream.starts_with(prefix)) return {};
    return stream.substr(prefix.size(), stream.find('/', prefix.size()) - prefix.size());
  };
  if (auto code = id_in("identity/resident/"); !code.empty()) return std::vector{code};
  if (auto read = id_in("exchange/read/"); !read.empty()) return exchange::persons_of_read(reader, read);
  std::string id = id_in("records/case/");
  if (id.empty()) id = id_in("identity/due/");  // what a decision on that case left to enter
  if (!id.empty()) {
    auto found = TRY(records::applicant(reader, id));
    if (!found || found->erased) return std::vector<std::string>();
    std::vector<std::string> all = std::move(found->further);
    all.push_back(found->person);
    return all;
  }
  return procedures::persons_of_stream(reader, stream);
}

}  // namespace

Result<std::string> note_log_read(db::Transaction& tx, const std::string& organisation, std::span<const evidence::Record> records,
                                  Time now) {
  std::map<std::string, std::set<std::uint64_t>> opened;  // by person
  for (const auto& record : records)
    for (auto& person : TRY(persons_of(tx, record.stream))) opened[std::move(person)].insert(record.index);
  std::vector<exchange::Read> rows;
  for (const auto& [person, indexes] : opened) {
    exchange::Read read;
    read.person = person;
    read.items = {"log"};
    read.legal_basis = {"個人情報の保護に関する法律（安全管理のための点検）",
                        "Act on the Protection of Personal Information (checks for security)"};
    read.purpose = opened_bodies(indexes);
    read.at = now;
    rows.push_back(std::move(read));
  }
  if (rows.empty()) return std::string("evidence/read");
  return exchange::note_officer_reads(tx, organisation, std::move(rows));
}

Result<std::string> note_cases_seen(db::Transaction& tx, const records::Office& office, const records::Seen& seen) {
  Text who = named(seen.post.empty() || !office.post_title ? Text{} : office.post_title(tx, seen.post));
  std::vector<exchange::Read> rows;
  for (const auto& one : seen.cases)
    for (const auto& person : one.persons) {
      exchange::Read read;
      read.person = person;
      read.procedure = one.procedure;
      read.items = {seen.list ? "case.list" : "case"};
      read.legal_basis = legal_basis_of(one.procedure);
      read.purpose = seen.list ? Text{who.ja + "が案件を探し、案件 " + one.id + " が一覧に出た",
                                      who.en + " searched, and case " + one.id + " was listed"}
                               : Text{who.ja + "が案件 " + one.id + " を開いた", who.en + " opened case " + one.id};
      read.at = office.clock->now();
      rows.push_back(std::move(read));
    }
  return exchange::note_officer_reads(tx, office.organisation, std::move(rows));
}

Result<std::string> note_register_seen(db::Transaction& tx, const std::string& organisation, const std::vector<std::string>& persons,
                                       const std::string& officer, bool list, Time now) {
  Text post;
  for (const auto& id : TRY(identity::posts_of(tx, officer, text::jst_date(now))))
    if (auto found = TRY(identity::find_post(tx, id)); found && post.ja.empty()) post = found->title;
  Text who = named(post);
  std::vector<exchange::Read> rows;
  for (const auto& person : persons) {
    exchange::Read read;
    read.person = person;
    read.items = {list ? "register.list" : "register"};
    read.legal_basis = {"住民基本台帳法", "Basic Resident Register Act"};
    read.purpose = list ? Text{who.ja + "が住民を探し、一覧に出た", who.en + " searched the register, and the entry was listed"}
                        : Text{who.ja + "が住民の登録を開いた", who.en + " opened the entry in the register"};
    read.at = now;
    rows.push_back(std::move(read));
  }
  return exchange::note_officer_reads(tx, organisation, std::move(rows));
}

}  // namespace musubi::app
