// Reading cases; what an officer sees of others' cases leaves a record.
#include "records/work.h"

namespace musubi::records {
namespace {

std::string word(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

Event event_of(const evidence::Record& record) {
  Event event{std::int64_t(record.counter), std::int64_t(record.index), record.type, "", record.at, "", "", std::nullopt, ""};
  if (auto head = parse_json(record.head); head.ok() && head->is_object()) {
    event.actor = word(head->get_object(), "actor");
    if (const json::value* facts = head->get_object().if_contains("facts"); facts && facts->is_object()) {
      event.step = word(facts->get_object(), "step");
      event.outcome = word(facts->get_object(), "outcome");
      if (const json::value* ms = facts->get_object().if_contains("ms"); ms && ms->is_int64()) event.ms = ms->get_int64();
    }
  }
  if (!record.body) return event;
  if (auto body = parse_json(*record.body, {2 << 20, 32}); body.ok() && body->is_object())
    event.comment = word(body->get_object(), "comment");
  return event;
}

Error read_refused(const Text& post) {
  return {Code::kForbidden,
          "records.read_refused",
          {"この案件を見られるのは、審査を受け持つ職（「" + post.ja +
               "」など）と、同じ課の職に就いている人だけです。担当になるはずの場合は、管理者に職の割り当てを確かめてください。",
           "This case is open to those who hold a post on its route (\"" + post.en +
               "\" for one) or a post of the same unit. If you should have it, ask the administrator which posts you hold."},
          {}};
}

Result<std::vector<std::string>> persons_of(db::Reader& reader, const std::string& id) {
  auto found = TRY(applicant(reader, id));
  if (!found || found->erased) return std::vector<std::string>();
  std::vector<std::string> out = std::move(found->further);
  out.insert(out.begin(), found->person);
  return out;
}

}  // namespace

Result<std::optional<Case>> find_case(db::Reader& reader, std::string_view id) {
  if (!number_of(id)) return std::optional<Case>();
  auto row = TRY(store::case_row(reader, id));
  return row ? std::optional(std::move(row->subject)) : std::optional<Case>();
}

Result<std::optional<Applicant>> applicant(db::Reader& reader, std::string_view id) { return store::applicant(reader, id); }

Result<Form> form(db::Reader& reader, std::string_view id) {
  auto found = TRY(find_case(reader, id));
  if (!found) return unknown_case(id);
  auto form = TRY(store::form(reader, id, found->form_revision));
  return form ? std::move(*form) : Form{};
}

Result<std::vector<Case>> cases_of_person(db::Reader& reader, std::string_view person) {
  std::vector<Case> out;
  if (person.empty()) return out;
  for (const auto& id : TRY(store::cases_of(reader, person, 200)))
    if (auto found = TRY(find_case(reader, id))) out.push_back(std::move(*found));
  return out;
}

Result<std::vector<Event>> history(db::Reader& reader, std::string_view id, std::int64_t from_version) {
  constexpr std::size_t kAtOnce = 1000;
  std::vector<Event> out;
  for (auto from = std::uint64_t(std::max<std::int64_t>(1, from_version));; from += kAtOnce) {
    auto records = TRY(evidence::read_stream(reader, case_stream(id), from, kAtOnce));
    for (const auto& record : records) out.push_back(event_of(record));
    if (records.size() < kAtOnce) return out;
  }
}

Result<std::vector<Message>> messages(db::Reader& reader, std::string_view id) { return store::messages(reader, id); }
Result<std::optional<Notice>> find_notice(db::Reader& reader, std::string_view code) { return store::notice(reader, code); }
Result<std::vector<Notice>> notices(db::Reader& reader, std::string_view id) { return store::notices(reader, id); }

Result<Case> Cases::open_for(std::string_view id, std::string_view officer) {
  Seen seen;
  auto found = TRY(database_.read([&](db::Reader& reader) -> Result<std::optional<Case>> {
    auto c = TRY(find_case(reader, id));
    if (!c) return c;
    seen.post = TRY(reading_of(reader, office_, officer, office_.clock->now())).post_for(c->route);
    // Who has claimed it goes on with it, also when the post has changed hands since; their look is listed like any other.
    if (seen.post.empty() && !officer.empty() && c->officer == officer && is_open(c->state)) seen.post = c->at().post;
    if (seen.post.empty()) return read_refused(TRY(post_title(reader, office_, c->route.front().post)));
    auto persons = TRY(persons_of(reader, c->id));
    seen.cases.push_back({c->id, c->procedure, c->title, std::move(persons)});
    return c;
  }));
  if (!found) return unknown_case(id);
  if (seen.cases.empty()) return *found;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    std::string stream = office_.note_seen ? TRY(office_.note_seen(tx, seen)) : "records/read/" + found->id;
    TRY(evidence::append(tx, {.type = type_of(kCaseRead),
                              .stream = stream,
                              .actor = std::string(officer),
                              .facts = {{"procedure", found->procedure}, {"cases", 1}, {"post", seen.post}},
                              .body = json::object{{"cases", json::array{json::string(found->id)}}}}));
    return {};
  }));
  return *found;
}

Result<void> Cases::record_list_read(const std::vector<std::string>& ids, std::string_view officer) {
  if (ids.empty()) return {};
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    Seen seen;
    seen.list = true;
    auto reading = TRY(reading_of(tx, office_, officer, office_.clock->now()));
    for (const auto& id : ids) {
      auto c = TRY(find_case(tx, id));
      if (!c) continue;
      if (seen.post.empty()) seen.post = reading.post_for(c->route);
      auto persons = TRY(persons_of(tx, id));
      seen.cases.push_back({id, c->procedure, c->title, std::move(persons)});
    }
    std::string stream = office_.note_seen ? TRY(office_.note_seen(tx, seen)) : "records/read";
    TRY(evidence::append(tx, {.type = type_of(kCaseRead),
                              .stream = stream,
                              .actor = std::string(officer),
                              .facts = {{"cases", std::int64_t(ids.size())}, {"post", seen.post}},
                              .body = json::object{{"cases", strings(ids)}}}));
    return {};
  });
}

}  // namespace musubi::records
