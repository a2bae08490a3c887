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
  if (auto body = parse_json(*record.body, {2 << 20, 32}); body.ok() && body->is_object()) event.comment = word(body->get_object(), "comment");
  return event;
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
  std::vector<Event> out;
  for (const auto& record : TRY(evidence::read_stream(reader, case_stream(id), std::uint64_t(std::max<std::int64_t>(1, from_version)), 1000)))
    out.push_back(event_of(record));
  return out;
}

Result<std::vector<Message>> messages(db::Reader& reader, std::string_view id) { return store::messages(reader, id); }
Result<std::optional<Notice>> find_notice(db::Reader& reader, std::string_view code) { return store::notice(reader, code); }
Result<std::vector<Notice>> notices(db::Reader& reader, std::string_view id) { return store::notices(reader, id); }

Result<Case> Cases::open_for(std::string_view id, std::string_view officer) {
  auto found = TRY(database_.read([&](db::Reader& reader) { return find_case(reader, id); }));
  if (!found) return unknown_case(id);
  if (found->officer == officer) return *found;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    TRY(evidence::append(tx, {.type = type_of(kCaseRead), .stream = "records/read/" + found->id, .actor = std::string(officer),
                              .facts = {{"procedure", found->procedure}, {"cases", 1}}}));
    return {};
  }));
  return *found;
}

Result<void> Cases::record_list_read(const std::vector<std::string>& ids, std::string_view officer) {
  if (ids.empty()) return {};
  return database_.write([&](db::Transaction& tx) -> Result<void> {
    TRY(evidence::append(tx, {.type = type_of(kCaseRead), .stream = "records/read", .actor = std::string(officer),
                              .facts = {{"cases", std::int64_t(ids.size())}}, .body = json::object{{"cases", strings(ids)}}}));
    return {};
  });
}

}  // namespace musubi::records
