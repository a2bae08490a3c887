#include "records/json.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "records/rules.h"

namespace musubi::records {
namespace {

Text read_text(const json::value& value) {
  Text text;
  if (!value.is_object()) return text;
  auto word = [&](const char* key) {
    const json::value* found = value.get_object().if_contains(key);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
  };
  return {word("ja"), word("en")};
}

json::array texts(const std::vector<Text>& lines) {
  json::array array;
  for (const auto& line : lines) array.push_back(to_json(line));
  return array;
}

json::object decision_json(const DecisionTemplate& decision) {
  json::object object{{"id", decision.id},
                      {"title", to_json(decision.title)},
                      {"lines", texts(decision.lines)},
                      {"refused_title", to_json(decision.refused_title)},
                      {"refused_lines", texts(decision.refused_lines)}};
  if (decision.valid_days) object["valid_days"] = *decision.valid_days;
  return object;
}

Error damaged(std::string_view where) {
  return {Code::kCorrupt,
          "records.damaged",
          {"保存された案件の内容が読めません（" + std::string(where) + "）。管理者に musubi verify を頼んでください。",
           "What is stored of the case cannot be read (" + std::string(where) + "). Ask the administrator to run musubi verify."},
          {}};
}

std::string member(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

int number_member(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found && found->is_int64() ? int(found->get_int64()) : 0;
}

const json::array& array_member(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const json::value* found = object.if_contains(key);
  return found && found->is_array() ? found->get_array() : kNone;
}

json::object contest_json(const Answer::Contest& contest) {
  return {{"source", contest.source}, {"told", contest.told}, {"reason", contest.reason}};
}

}  // namespace

json::object to_json(const Text& text) { return {{"ja", text.ja}, {"en", text.en}}; }

json::array strings(const std::vector<std::string>& values) {
  json::array array;
  for (const auto& value : values) array.emplace_back(value);
  return array;
}

std::vector<std::string> read_strings(std::string_view content) {
  std::vector<std::string> out;
  auto value = parse_json(content);
  if (!value.ok() || !value->is_array()) return out;
  for (const auto& item : value->get_array())
    if (item.is_string()) out.emplace_back(item.get_string());
  return out;
}

std::string time_text(std::optional<Time> time) { return time ? time->rfc3339() : std::string(); }

Terms terms_of(const Filing& filing) {
  Terms terms{"", filing.procedure, filing.title, filing.route, filing.decision, filing.standard_days, filing.effect, ""};
  json::array route;
  for (const auto& step : filing.route)
    route.push_back(json::object{{"id", step.id}, {"title", to_json(step.title)}, {"post", step.post}});
  terms.content = canonical_json(json::object{{"decision", decision_json(filing.decision)},
                                              {"effect", filing.effect},
                                              {"procedure", filing.procedure},
                                              {"route", std::move(route)},
                                              {"standard_days", filing.standard_days},
                                              {"title", to_json(filing.title)}});
  terms.id = to_hex(crypto::bytes(crypto::sha256(terms.content))).substr(0, 32);
  return terms;
}

Result<Terms> read_terms(std::string id, std::string procedure, Text title, std::string content) {
  auto value = parse_json(content);
  if (!value.ok() || !value->is_object()) return damaged("records_terms");
  const json::object& object = value->get_object();
  Terms terms{std::move(id),
              std::move(procedure),
              std::move(title),
              {},
              {},
              number_member(object, "standard_days"),
              member(object, "effect"),
              ""};
  for (const auto& step : array_member(object, "route")) {
    if (!step.is_object()) return damaged("records_terms");
    const auto* step_title = step.get_object().if_contains("title");
    terms.route.push_back(
        {member(step.get_object(), "id"), step_title ? read_text(*step_title) : Text{}, member(step.get_object(), "post")});
  }
  const auto* decision = object.if_contains("decision");
  if (!decision || !decision->is_object() || terms.route.empty()) return damaged("records_terms");
  const json::object& d = decision->get_object();
  auto text = [&](const char* key) {
    auto* found = d.if_contains(key);
    return found ? read_text(*found) : Text{};
  };
  terms.decision = {member(d, "id"), text("title"), {}, text("refused_title"), {}, std::nullopt};
  for (const auto& line : array_member(d, "lines")) terms.decision.lines.push_back(read_text(line));
  for (const auto& line : array_member(d, "refused_lines")) terms.decision.refused_lines.push_back(read_text(line));
  if (int days = number_member(d, "valid_days")) terms.decision.valid_days = days;
  terms.content = std::move(content);
  return terms;
}

std::string form_content(const std::vector<Answer>& answers, const json::object& data) {
  json::array list;
  for (const auto& answer : answers) {
    json::object one{{"key", answer.key}, {"label", to_json(answer.label)}, {"value", answer.value}, {"source", answer.source}};
    if (answer.source_at) one["source_at"] = answer.source_at->rfc3339();
    if (answer.contest) one["contest"] = contest_json(*answer.contest);
    list.push_back(std::move(one));
  }
  // Not canonical_json: numbers that came from outside may be beyond what it writes.
  return json::serialize(json::object{{"answers", std::move(list)}, {"data", data}});
}

Result<Form> read_form(std::int64_t revision, std::string_view content, Time at) {
  Form form{revision, {}, {}, at};
  if (content.empty()) return form;
  auto value = parse_json(content, {4 << 20, 32});
  if (!value.ok() || !value->is_object()) return damaged("records_form");
  for (const auto& item : array_member(value->get_object(), "answers")) {
    if (!item.is_object()) return damaged("records_form");
    const json::object& one = item.get_object();
    const auto* label = one.if_contains("label");
    Answer answer{member(one, "key"), label ? read_text(*label) : Text{}, member(one, "value"), member(one, "source"), std::nullopt};
    if (auto time = parse_rfc3339(member(one, "source_at")); time.ok()) answer.source_at = *time;
    if (const auto* contest = one.if_contains("contest"); contest && contest->is_object())
      answer.contest = Answer::Contest{member(contest->get_object(), "source"), member(contest->get_object(), "told"),
                                       member(contest->get_object(), "reason")};
    form.answers.push_back(std::move(answer));
  }
  if (const auto* data = value->get_object().if_contains("data"); data && data->is_object()) form.data = data->get_object();
  return form;
}

json::object line_json(const Line& line) {
  json::object object{{"id", line.id},
                      {"number", to_json(number_text(line.number))},
                      {"procedure", line.procedure},
                      {"title", to_json(line.title)},
                      {"state", state_word(line.state)},
                      {"step", to_json(line.step)},
                      {"post", line.post},
                      {"officer", line.officer},
                      {"filed_at", time_text(line.filed_at)},
                      {"due_at", time_text(line.due_at)},
                      {"closed_at", time_text(line.closed_at)},
                      {"overdue", line.overdue},
                      {"version", line.version}};
  if (line.name) object["applicant"] = *line.name;
  return object;
}

namespace {

json::array events_json(const std::vector<Event>& events) {
  json::array list;
  for (const auto& event : events) {
    json::object one{{"version", event.version}, {"record", event.record}, {"what", event.what},       {"actor", event.actor},
                     {"at", event.at.rfc3339()}, {"step", event.step},     {"outcome", event.outcome}, {"comment", event.comment}};
    if (event.ms) one["ms"] = *event.ms;
    list.push_back(std::move(one));
  }
  return list;
}

json::array answers_json(const Form& form) {
  json::array list;
  for (const auto& answer : form.answers) {
    json::object one{{"key", answer.key},
                     {"label", to_json(answer.label)},
                     {"value", answer.value},
                     {"source", answer.source},
                     {"source_at", time_text(answer.source_at)}};
    if (answer.contest) one["contest"] = contest_json(*answer.contest);
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace

json::object case_json(const Case& c, const Applicant& applicant, const Form& form, const std::vector<Event>& events,
                       const std::vector<Message>& messages, const std::vector<Notice>& notices) {
  json::array route, message_list, notice_list;
  for (const auto& step : c.route) route.push_back(json::object{{"id", step.id}, {"title", to_json(step.title)}, {"post", step.post}});
  for (const auto& message : messages)
    message_list.push_back(json::object{{"number", message.number},
                                        {"from_applicant", message.from_applicant},
                                        {"officer", message.officer},
                                        {"text", message.text},
                                        {"at", message.at.rfc3339()}});
  for (const auto& notice : notices)
    notice_list.push_back(json::object{{"code", notice.code},
                                       {"title", to_json(notice.title)},
                                       {"outcome", notice.outcome},
                                       {"issued_at", notice.issued_at.rfc3339()},
                                       {"sha256", notice.digest},
                                       {"withdrawn_at", time_text(notice.withdrawn_at)}});
  return {
      {"id", c.id},
      {"number", to_json(c.number())},
      {"procedure", c.procedure},
      {"title", to_json(c.title)},
      {"pack_version", c.pack_version},
      {"state", state_word(c.state)},
      {"step", c.at().id},
      {"route", std::move(route)},
      {"officer", c.officer},
      {"proposal", c.proposal},
      {"version", c.version},
      {"online", c.online},
      {"filed_at", time_text(c.filed_at)},
      {"opened_at", time_text(c.opened_at)},
      {"due_at", time_text(c.due_at)},
      {"closed_at", time_text(c.closed_at)},
      {"standard_days", c.standard_days},
      {"applicant",
       json::object{
           {"name", applicant.name}, {"kana", applicant.kana}, {"person", applicant.person}, {"further", strings(applicant.further)}}},
      {"form_revision", form.revision},
      {"form", answers_json(form)},
      {"history", events_json(events)},
      {"messages", std::move(message_list)},
      {"notices", std::move(notice_list)}};
}

}  // namespace musubi::records
