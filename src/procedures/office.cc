// What an office does with filings that arrive: the signature, the digest of its own form, the rules of the pack, whose card it
// was; then its case.
#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "evidence/log.h"
#include "evidence/receipt.h"
#include "procedures/flow.h"
#include "procedures/guide.h"
#include "procedures/json.h"
#include "procedures/list.h"
#include "procedures/procedures.h"
#include "procedures/rules.h"
#include "procedures/types.h"
#include "text/normalise.h"

namespace musubi::procedures {
namespace {

constexpr std::int64_t kSkew_us = 60'000'000;                      // between the clocks of two organisations
constexpr std::int64_t kOldest_us = 31LL * 24 * 3600 * 1'000'000;  // an outbox gives up after 30 days

Error refuse(const char* name, Text message, std::vector<Fault> faults = {}) {
  return Error{Code::kInvalid, name, std::move(message), std::move(faults)};
}

// A filing as it arrived, taken apart and checked.
struct Arrived {
  const Pack* pack = nullptr;
  const Procedure* procedure = nullptr;
  std::string reference, list, digest;
  json::object form, sources, contests;
  std::vector<Attachment> files;
  Time filed_at;
  std::int64_t fields = 0, fetched = 0;
};

class Arrival {
 public:
  Arrival(const Incoming& incoming, const std::string& organisation, const Neighbours& neighbours, Time now)
      : body_(incoming.body),
        person_(incoming.person),
        sent_at_(std::min(incoming.sent_at, now)),
        organisation_(organisation),
        neighbours_(neighbours) {}

  Result<Arrived> take() {
    TRY(read());
    TRY(check_signature());
    TRY(check_rules());
    TRY(take_files());
    TRY(check_signer());
    return std::move(out_);
  }

 private:
  Result<void> read() {
    out_.reference = string_at(body_, "reference");
    out_.list = string_at(body_, "list");
    auto* form = body_.if_contains("form");
    auto filed_at = parse_rfc3339(string_at(body_, "filed_at"));
    if (out_.reference.size() != 26 || !form || !form->is_object() || !can_be_digested(*form) || !filed_at.ok())
      return refuse("filing.malformed", {"届出の内容が読めません。", "The filing cannot be read."});
    out_.form = form->get_object();
    out_.filed_at = *filed_at;
    TRY(check_time());
    read_contests();
    out_.fields = std::clamp<std::int64_t>(integer_at(body_, "fields"), 0, 10'000);
    out_.fetched = std::clamp<std::int64_t>(integer_at(body_, "fetched"), 0, out_.fields);
    out_.pack = embedded_pack(string_at(body_, "pack"));
    out_.procedure = out_.pack ? out_.pack->procedure(string_at(body_, "procedure")) : nullptr;
    if (!out_.procedure)
      return refuse("filing.unknown_procedure",
                    {"この機関は、その手続を受け付けていません。", "This organisation does not take that procedure."});
    if (out_.procedure->version != integer_at(body_, "version"))
      return refuse(
          "filing.version",
          {"様式の版が違います。この機関の版は " + std::to_string(out_.procedure->version) + " です。新しい様式で出し直してください。",
           "The form has another version; here it is " + std::to_string(out_.procedure->version) + ". Please file the new form."});
    return {};
  }

  // Nobody signed them: the portal's word about fields of the form, within the bounds that a portal of ours keeps.
  void read_contests() {
    auto* contests = body_.if_contains("contests");
    if (!contests || !contests->is_object()) return;
    for (const auto& [field, one] : contests->get_object()) {
      if (!out_.form.contains(field) || !one.is_object()) continue;
      auto clipped = [&](const char* name, std::size_t most) {
        return std::string(text::first_code_points(string_at(one.get_object(), name), most));
      };
      out_.contests[field] = json::object{
          {"organisation", clipped("organisation", 100)}, {"told", clipped("told", 2000)}, {"reason", clipped("reason", 1000)}};
    }
  }

  // The time of signing is the portal's word, and deadlines are reckoned from it: it must fit to when the filing was sent.
  // That it lies within the days of the certificate is decided with the signature.
  Result<void> check_time() {
    if (out_.filed_at.us > sent_at_.us + kSkew_us)
      return refuse("filing.bad_time",
                    {"届出の日時が、送られた日時より後になっています。窓口の時計を確かめて、もう一度出してください。",
                     "The time of filing lies after the time at which it was sent. Have the portal's clock checked, and file again."});
    if (out_.filed_at.us < sent_at_.us - kOldest_us)
      return refuse("filing.bad_time", {"届出の日時が、送られた日時より31日以上前です。もう一度出してください。",
                                        "The time of filing lies more than 31 days before it was sent. Please file again."});
    return {};
  }

  Result<void> check_signature() {
    auto salt = from_base64(string_at(body_, "salt"));
    if (!salt || salt->size() != 16) return refuse("filing.malformed", {"ソルトが読めません。", "The salt cannot be read."});
    signed_ = TRY(neighbours_.verify_list(out_.list, out_.filed_at));
    auto list = TRY(read_list(signed_.payload));
    out_.digest = form_digest(*salt, out_.form);
    ListedForm mine{organisation_, out_.procedure->id, out_.digest, out_.procedure->version};
    if (std::find(list.begin(), list.end(), mine) == list.end())
      return refuse("filing.not_signed",
                    {"この様式は、署名された一覧にありません。", "This form is not in the list that was signed."});
    return {};
  }

  // The portal says for whom it files, the linker whose card signed. Last: the linker is not asked about what is refused anyway.
  Result<void> check_signer() {
    std::string signer = TRY(neighbours_.signer_of(signed_, out_.filed_at));
    if (!signer.empty() && signer == person_) return {};
    return refuse("filing.other_signer", {"この届出に署名したカードは、届け出る本人のものではありません。受け付けていません。本人のカ"
                                          "ードで署名して、もう一度出してください。",
                                          "The card that signed this filing does not belong to the person it is for. It was not "
                                          "taken. File again, signed with that person's own card."});
  }

  Result<void> check_rules() {
    Surroundings around{text::jst_date(out_.filed_at), neighbours_.members()};
    auto faults = faults_of_form(*out_.pack, *out_.procedure, out_.form, around);
    check_own_address(around, faults);
    check_correction(around, faults);
    take_sources(around, faults);
    check_contested(around, faults);
    if (faults.empty()) return {};
    return refuse("filing.bad_form", {"様式に誤りがあります。", "The form has faults."}, std::move(faults));
  }

  // A form that does not name its recipient, since it is us: an address that lies where it goes lies here.
  void check_own_address(const Surroundings& around, std::vector<Fault>& faults) const {
    const Role* role = out_.pack->role(out_.procedure->recipient);
    if (!role || role->field.empty() || out_.form.contains(role->field)) return;
    json::object answers = out_.form;
    answers[role->field] = organisation_;
    for (const auto& use : out_.procedure->form)
      if (const Field* field = out_.pack->field(use.field); field && field->within == role->id)
        check_within(*out_.pack, *field, answers, around, faults);
  }

  // What a program would enter is what the person read when they signed.
  void check_correction(const Surroundings& around, std::vector<Fault>& faults) const {
    std::string item = string_at(out_.form, "correction_field"), exact = string_at(out_.form, "correction_value");
    if (item.empty() || exact.empty() || exact == "null") return;
    auto value = parse_json(exact);
    for (const auto& field : out_.pack->fields)
      if (value.ok() && field.source && field.source->item == item &&
          correction_text(field, *value, around) == string_at(out_.form, "correction_wanted"))
        return;
    faults.push_back(
        {"correction_value",
         {"機械が読む内容が、「正しい内容」と同じではありません。", "What programs read is not what the request says it should be."}});
  }

  static bool is_known(const Surroundings& around, std::string_view organisation) {
    return std::any_of(around.members.begin(), around.members.end(), [&](const Member& one) { return one.id == organisation; });
  }

  // Where values came from is the portal's word, which nobody signed either. Officers read it beside the value, so it must be about
  // a field of the form, name an organisation that is known here, and a time that was. What else stands there is not kept.
  void take_sources(const Surroundings& around, std::vector<Fault>& faults) {
    auto* sources = body_.if_contains("sources");
    if (!sources || sources->is_null()) return;
    auto* all = sources->if_object();
    if (!all || all->size() > out_.form.size()) {
      faults.push_back({"sources",
                        {"値の取り寄せ元の一覧が読めないか、様式の項目より多く並んでいます。",
                         "The list of where values came from cannot be read, or is longer than the form."}});
      return;
    }
    for (const auto& [key, one] : *all) {
      std::string field(text::first_code_points(key, 100)), where = "sources/" + field;
      auto* object = one.if_object();
      std::string organisation = object ? string_at(*object, "organisation") : std::string();
      std::int64_t at = object ? integer_at(*object, "at") : 0;
      if (!out_.form.contains(key))
        faults.push_back({where,
                          {"取り寄せ元が示された項目「" + field + "」は、様式にありません。",
                           "A source is named for \"" + field + "\", which is no field of the form."}});
      if (!is_known(around, organisation)) faults.push_back({where, unknown_organisation(field, organisation)});
      if (at <= 0 || at > sent_at_.us + kSkew_us)
        faults.push_back({where,
                          {"項目「" + field + "」を取り寄せた日時が読めないか、届出が送られた日時より後です。",
                           "The time at which \"" + field + "\" was fetched cannot be read, or lies after the filing was sent."}});
      out_.sources[key] = json::object{{"organisation", std::move(organisation)}, {"at", at}};
    }
  }

  void check_contested(const Surroundings& around, std::vector<Fault>& faults) const {
    for (const auto& [field, one] : out_.contests) {
      std::string organisation = string_at(one.as_object(), "organisation");
      if (!is_known(around, organisation))
        faults.push_back({"contests/" + std::string(field), unknown_organisation(std::string(field), organisation)});
    }
  }

  static Text unknown_organisation(const std::string& field, const std::string& organisation) {
    std::string named(text::first_code_points(organisation, 40));
    return {"項目「" + field + "」の取り寄せ元とされる機関「" + named + "」を、この機関は知りません。",
            "\"" + named + "\", named as the source of \"" + field + "\", is not known to this organisation."};
  }

  Result<void> take_files() {
    auto* files = body_.if_contains("files");
    std::vector<std::string> seen;
    if (auto* list = files ? files->if_array() : nullptr)
      for (const auto& one : *list) {
        auto* object = one.if_object();
        auto content = object ? from_base64(string_at(*object, "content")) : std::nullopt;
        if (!content || content->size() > kFileBytes)
          return refuse("filing.malformed", {"添付ファイルが読めません。", "An attached file cannot be read."});
        auto* value = out_.form.if_contains(string_at(*object, "field"));
        auto* described = value ? value->if_object() : nullptr;
        auto digest = crypto::sha256(*content);
        std::string type(sniff(*content));
        if (!described || string_at(*described, "digest") != to_base64(crypto::bytes(digest)) || string_at(*described, "type") != type)
          return refuse("filing.other_file",
                        {"添付ファイルが、署名された様式のものと違います。", "An attached file is not the one of the signed form."});
        seen.push_back(string_at(*object, "field"));
        out_.files.push_back({string_at(*described, "name"), std::string(media_type(type)), std::move(*content)});
      }
    for (const auto& use : out_.procedure->form) {
      const Field* field = out_.pack->field(use.field);
      if (field && field->type == FieldType::kFile && out_.form.contains(field->id) &&
          std::find(seen.begin(), seen.end(), field->id) == seen.end())
        return refuse("filing.no_file", {"様式にある添付ファイルが届いていません。", "A file that the form names did not arrive."});
    }
    return {};
  }

  const json::object& body_;
  const std::string& person_;
  Time sent_at_;
  const std::string& organisation_;
  const Neighbours& neighbours_;
  SignedList signed_;
  Arrived out_;
};

NewCase case_of(const Arrived& arrived, const Incoming& incoming, const Surroundings& around) {
  NewCase out;
  out.procedure = arrived.procedure;
  out.pack = arrived.pack->id + "/" + std::to_string(arrived.procedure->version);
  out.person = incoming.person;
  out.further = incoming.further;
  out.from = incoming.from;
  out.reference = arrived.reference;
  out.jws = arrived.list;
  out.form = arrived.form;
  out.lines = lines_of(*arrived.pack, *arrived.procedure, arrived.form, arrived.sources, arrived.contests, around);
  out.files = arrived.files;
  out.fields = arrived.fields;
  out.fetched = arrived.fetched;
  out.due = due_date(*arrived.procedure, arrived.form);
  out.filed_at = arrived.filed_at;
  if (auto* name = arrived.form.if_contains("applicant_name"); name && name->is_object()) {
    const auto& parts = name->get_object();
    out.name = string_at(parts, "family") + " " + string_at(parts, "given");
    out.kana = string_at(parts, "family_kana") + " " + string_at(parts, "given_kana");
  }
  return out;
}

}  // namespace

Result<json::object> Procedures::receive_filing(Incoming& incoming) { return receive_change(incoming, "filing"); }

Result<json::object> Procedures::receive_change(Incoming& incoming, std::string_view what) {
  Time now = clock_.now();
  if (what == "withdraw") return receive_withdrawal(incoming);
  if (what == "message") return receive_message(incoming);
  Arrived arrived = TRY(Arrival(incoming, organisation_, neighbours_, now).take());
  Surroundings around{text::jst_date(now), neighbours_.members()};
  NewCase wanted = case_of(arrived, incoming, around);
  std::uint64_t index = 0;
  json::object answer;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    Opened opened = TRY(what == "amend" ? neighbours_.amend_case(tx, wanted) : neighbours_.open_case(tx, wanted));
    auto received = TRY(evidence::append(
        tx, {.type = record_type("procedures.received"),
             .stream = "procedures/received/" + opened.number,
             .actor = incoming.from,
             .facts = {{"procedure", arrived.procedure->id}},
             .body = json::object{
                 {"reference", arrived.reference}, {"digest", arrived.digest}, {"number", opened.number}, {"list", arrived.list}}}));
    index = received.index;
    answer = {{"number", opened.number}, {"index", std::int64_t(index)}};
    TRY(incoming.record(tx, {{"procedure", arrived.procedure->id}, {"outcome", "ok"}}, answer));
    return {};
  }));
  return with_proof(std::move(answer));
}

// The record is durable and covered by a checkpoint now: the proof goes back with the answer.
json::object Procedures::with_proof(json::object answer) {
  if (answer.contains("record") || !answer.contains("index")) return answer;
  auto index = std::uint64_t(integer_at(answer, "index"));
  auto record = database_.read([&](db::Reader& reader) { return evidence::find_record(reader, index); });
  auto proof = evidence::Log::of(database_).receipt(index);
  if (record.ok() && *record && (*record)->type == "procedures.received" && proof.ok())
    answer["record"] =
        evidence::record_bundle(**record, *proof, neighbours_.log_keys ? neighbours_.log_keys() : std::vector<std::string>{});
  return answer;
}

Result<json::object> Procedures::receive_message(Incoming& incoming) {
  std::string reference = string_at(incoming.body, "reference"), text = string_at(incoming.body, "text"),
              key = string_at(incoming.body, "key");
  if (reference.size() != 26 || key.size() != 26 || text.empty() || text.size() > 16'000)
    return refuse("filing.malformed", {"連絡の内容が読めません。", "The message cannot be read."});
  json::object answer;
  TRY(database_.write([&](db::Transaction& tx) -> Result<void> {
    Opened about = TRY(neighbours_.message_case(tx, incoming.from, reference, text, key));
    answer = {{"number", about.number}};
    TRY(incoming.record(tx, {{"outcome", "ok"}}, answer));
    return {};
  }));
  return answer;
}

}  // namespace musubi::procedures
