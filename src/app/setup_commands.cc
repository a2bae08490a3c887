// Setting up one's own town: org unit, post, assign; residents import.

#include "app/commands.h"
#include "app/opened.h"
#include "app/report.h"
#include "base/file.h"
#include "evidence/log.h"
#include "identity/posts.h"
#include "identity/residents_file.h"

namespace musubi::app {
namespace {

std::string actor_of(const Invocation& invocation) { return invocation.get("actor", "operator"); }

Result<text::Date> day_of(const Invocation& invocation, const char* option, text::Date otherwise) {
  return invocation.has(option) ? text::read_date(invocation.get(option)) : otherwise;
}

Text titles_of(const Invocation& invocation) { return {invocation.get("title-ja"), invocation.get("title-en")}; }

Result<Opened> open_named(const Invocation& invocation) {
  return open_organisation(invocation.config, invocation.words[0], Opening::kServe);
}

Error with_officers(Error error, const std::string& organisation) {
  const std::string command = "musubi org officers " + organisation;
  for (auto& fault : error.faults)
    if (fault.where == "officer")
      fault.message = {fault.message.ja + "符号を見るには：" + command, fault.message.en + " To list them: " + command};
  return error;
}

// Keeps a checkpoint and says what was done.
Result<int> finish(const Invocation& invocation, db::Database& database, const Text& done) {
  TRY(evidence::Log::of(database).keep_checkpoint());
  print(invocation.say(done));
  return kGood;
}

// Opens, changes the organisation of the first word in one transaction, keeps a checkpoint, and says what was done.
template <class Change>
int change_organisation(const Invocation& invocation, Change&& change) {
  auto run = [&]() -> Result<int> {
    auto [installation, database] = TRY(open_named(invocation));
    Text done = TRY(change(*database, text::jst_date(installation->clock().now())));
    return finish(invocation, *database, done);
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

Error with_places(Error error, const std::string& path) {
  for (auto& fault : error.faults) fault.where = path + ":" + fault.where;
  return error;
}

Result<std::vector<identity::FilePerson>> residents_in(const std::string& path) {
  auto persons = identity::read_residents_file(TRY(read_file(path, identity::kFileBytesAtMost)));
  if (!persons.ok()) return with_places(persons.error(), path);
  return persons;
}

}  // namespace

int run_org_unit(const Invocation& invocation) {
  return change_organisation(invocation, [&](db::Database& database, text::Date today) -> Result<Text> {
    identity::Unit unit{
        invocation.words[1], titles_of(invocation), invocation.get("above"), TRY(day_of(invocation, "from", today)), {}};
    TRY(database.write([&](db::Transaction& tx) -> Result<void> {
      if (auto known = TRY(identity::find_unit(tx, unit.id))) {  // a correction changes what is given, no day that is not
        if (!invocation.has("from")) unit.from = known->from;
        if (!invocation.has("above")) unit.parent = known->parent;
        unit.until = known->until;
      }
      return identity::put_unit(tx, unit, actor_of(invocation));
    }));
    return Text{"課 " + unit.id + "（" + unit.title.ja + "）を " + text::iso_date(unit.from) + " から置きました。",
                "Unit " + unit.id + " (" + unit.title.en + ") stands from " + text::iso_date(unit.from) + "."};
  });
}

int run_org_post(const Invocation& invocation) {
  return change_organisation(invocation, [&](db::Database& database, text::Date today) -> Result<Text> {
    identity::Post post{
        invocation.words[1], invocation.get("unit"), titles_of(invocation), TRY(day_of(invocation, "from", today)), {}};
    TRY(database.write([&](db::Transaction& tx) -> Result<void> {
      if (auto known = TRY(identity::find_post(tx, post.id))) {
        if (!invocation.has("from")) post.from = known->from;
        post.until = known->until;
      }
      return identity::put_post(tx, post, actor_of(invocation));
    }));
    return Text{"職 " + post.id + "（" + post.title.ja + "）を " + text::iso_date(post.from) + " から置きました。",
                "Post " + post.id + " (" + post.title.en + ") stands from " + text::iso_date(post.from) + "."};
  });
}

int run_org_assign(const Invocation& invocation) {
  return change_organisation(invocation, [&](db::Database& database, text::Date today) -> Result<Text> {
    identity::Holding holding{invocation.words[1], invocation.words[2], TRY(day_of(invocation, "from", today)), {}, {}};
    if (invocation.has("until")) holding.until = TRY(day_of(invocation, "until", today));
    auto done = database.write([&](db::Transaction& tx) { return identity::assign_post(tx, holding, actor_of(invocation)); });
    if (!done.ok()) return with_officers(done.error(), invocation.words[0]);
    return Text{holding.officer + " は " + text::iso_date(holding.from) + " から職 " + holding.post + " に就きます。",
                holding.officer + " holds post " + holding.post + " from " + text::iso_date(holding.from) + "."};
  });
}

int run_org_duty(const Invocation& invocation) {
  return change_organisation(invocation, [&](db::Database& database, text::Date) -> Result<Text> {
    const std::string &post = invocation.words[1], &duty = invocation.words[2];
    bool none = duty == "none";
    TRY(database.write(
        [&](db::Transaction& tx) { return identity::set_register_duty(tx, post, none ? "" : duty, actor_of(invocation)); }));
    if (none) return Text{"職 " + post + " は、住民の記載を開けません。", "The register of residents is closed to post " + post + "."};
    if (duty == identity::kLookDuty)
      return Text{"職 " + post + " は、住民の記載を探して見られます。",
                  "Post " + post + " may search and read the register of residents."};
    return Text{"職 " + post + " は、住民の記載を見て、手で変えられます。",
                "Post " + post + " may read the register of residents and change it by hand."};
  });
}

int run_residents_import(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    const std::string& path = invocation.words[1];
    std::vector<Wrong> wrong;
    auto persons = read_or({}, path, residents_in(path), wrong);
    auto [installation, database] = read_or({}, invocation.words[0], open_named(invocation), wrong);
    if (!wrong.empty()) return all_of(wrong);
    auto done =
        database->write([&](db::Transaction& tx) { return identity::enter_residents_file(tx, persons, actor_of(invocation)); });
    if (!done.ok()) return with_places(done.error(), path);
    std::string n = std::to_string(done->persons), h = std::to_string(done->households);
    return finish(
        invocation, *database,
        {"住民 " + n + " 人、" + h + " 世帯を登録しました。", counted(done->persons, "resident", "residents") + " in " +
                                                                  counted(done->households, "household", "households") + " entered."});
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

}  // namespace musubi::app
