// pack check, import, sign-off.

#include <map>

#include "app/commands.h"
#include "app/opened.h"
#include "base/file.h"
#include "evidence/log.h"
#include "kpi/definitions.h"
#include "kpi/json.h"
#include "kpi/judgement.h"
#include "kpi/kpi.h"
#include "kpi/plan_text.h"
#include "kpi/scales.h"
#include "kpi/sheet_pack.h"
#include "kpi/sheets.h"
#include "procedures/pack.h"
#include "text/normalise.h"

namespace musubi::app {
namespace {

constexpr std::size_t kPackLimit = 16 << 20;

std::string number(std::size_t value) { return std::to_string(value); }

// Of the definitions and of the facts they read: the record types of this program are known here.
kpi::PackCheck check_indicators(const std::string& text) {
  auto pack = kpi::read_indicators(text, record_types(), false);
  return pack.ok() ? kpi::PackCheck{} : kpi::locate_faults(text, pack.error());
}

void print_faults(const Invocation& invocation, const std::string& path, const kpi::PackCheck& check) {
  for (const auto& fault : check.faults)
    print(path + ":" + number(fault.line) + ": " + invocation.say(fault.message) +
          (fault.pointer.empty() ? "" : "  [" + fault.pointer + "]"));
}

Result<int> import_indicators(const Invocation& invocation, const std::string& text, db::Database& database) {
  auto pack = kpi::read_indicators(text, record_types(), true);
  if (!pack.ok()) {
    print_faults(invocation, invocation.words[1], kpi::locate_faults(text, pack.error()));
    return Error{pack.error().code, pack.error().name, pack.error().message, {}};
  }
  auto outcome = kpi::Definitions(database).import_pack(*pack, record_types(), invocation.get("actor", "operator"));
  if (!outcome.ok()) {
    if (outcome.error().name == "pack.faults")
      print_faults(invocation, invocation.words[1], kpi::locate_faults(text, outcome.error()));
    return Error{outcome.error().code, outcome.error().name, outcome.error().message, {}};
  }
  TRY(evidence::Log::of(database).keep_checkpoint());
  print(pack->id + (invocation.ja() ? "：新規 " : ": defined ") + number(outcome->defined.size()) +
        (invocation.ja() ? "、改訂 " : ", revised ") + number(outcome->revised.size()) +
        (invocation.ja() ? "、変更なし " : ", unchanged ") + number(outcome->unchanged));
  for (const auto& type : kpi::reading_of(*pack, record_types()).unwritten)
    print((invocation.ja() ? "  いまどこからも作られない記録：" : "  records that nothing writes now: ") + type);
  return kGood;
}

// A pack says of what kind it is; what says nothing is read as a plan.
kpi::PackCheck check_any(const std::string& text) {
  if (kpi::is_indicator_pack(text)) return check_indicators(text);
  std::string kind = kpi::pack_kind(text);
  if (kind == "sheet") return kpi::check_sheet_pack(text);
  if (kind == "scale") {
    auto scale = kpi::read_scale(text);
    return scale.ok() ? kpi::PackCheck{} : kpi::locate_faults(text, scale.error());
  }
  if (!procedures::is_procedures_pack(text)) return kpi::check_pack(text);
  kpi::PackCheck out;
  for (auto& fault : procedures::check_pack(text))
    out.faults.push_back({fault.line, std::move(fault.pointer), std::move(fault.message)});
  out.total = out.faults.size();
  return out;
}

// A file that is not there is a fault of its own: the others are looked at all the same.
kpi::PackCheck unreadable(const Error& error) {
  kpi::PackCheck out;
  out.faults.push_back({1, "", error.message});
  out.total = 1;
  return out;
}

template <class T>
Result<T> read_or_tell(const Invocation& invocation, const std::string& text, Result<T> read) {
  if (read.ok()) return read;
  for (const auto& fault : kpi::locate_faults(text, read.error()).faults)
    print(invocation.words[1] + ":" + number(fault.line) + ": " + invocation.say(fault.message) +
          (fault.pointer.empty() ? "" : "  [" + fault.pointer + "]"));
  return Error{read.error().code, read.error().name, read.error().message, {}};
}

// Of an import: what speaks against the pack in this organisation stands at its lines, too.
template <class T>
Result<T> done_or_tell(const Invocation& invocation, const std::string& text, Result<T> done) {
  return done.ok() || done.error().faults.empty() ? std::move(done) : read_or_tell(invocation, text, std::move(done));
}

std::string counts(bool ja, std::size_t entered, std::size_t revised, std::size_t withdrawn, std::size_t unchanged) {
  return (ja ? "：新規 " : ": entered ") + number(entered) + (ja ? "、改訂 " : ", revised ") + number(revised) +
         (ja ? "、取下げ " : ", withdrawn ") + number(withdrawn) + (ja ? "、変更なし " : ", unchanged ") + number(unchanged);
}

Error not_imported(const std::string& path, const std::string& kind) {
  std::string shown(text::first_code_points(kind, 40));
  return {Code::kInvalid,
          "pack.kind",
          {path + " は「" + shown +
               "」のパックです。取り込めるのは計画（plan）、指標（indicators）、シート（sheet）、評価の区分（scale）だけです。",
           path + " is a pack of the kind \"" + shown +
               "\"; only plans (plan), indicators (indicators), sheets (sheet) and scales (scale) are imported."},
          {}};
}

Result<int> import_sheet(const Invocation& invocation, const std::string& text, db::Database& database) {
  auto sheet = TRY(read_or_tell(invocation, text, kpi::read_sheet(text)));
  auto outcome = TRY(done_or_tell(invocation, text, kpi::Sheets(database).import_sheet(sheet, invocation.get("actor", "operator"))));
  TRY(evidence::Log::of(database).keep_checkpoint());
  print(outcome.sheet +
        counts(invocation.ja(), outcome.entered.size(), outcome.revised.size(), outcome.withdrawn.size(), outcome.unchanged));
  std::string page = "/" + invocation.words[0] + "/office/sheets/" + outcome.sheet;
  print(invocation.ja() ? "  まだ下書きです。点検・承認・公表は職員のページで：" + page
                        : "  It is a draft still. Review, approval and publication are on the officers' page: " + page);
  return kGood;
}

Result<int> import_scale(const Invocation& invocation, const std::string& text, db::Database& database) {
  auto scale = TRY(read_or_tell(invocation, text, kpi::read_scale(text)));
  auto outcome = TRY(kpi::Scales(database).import_scale(scale, invocation.get("actor", "operator")));
  TRY(evidence::Log::of(database).keep_checkpoint());
  std::size_t entered = outcome.changed && outcome.kind == kpi::EntryKind::kEntered, revised = outcome.changed && !entered;
  print(scale.id + counts(invocation.ja(), entered, revised, 0, outcome.changed ? 0 : 1));
  return kGood;
}

Result<int> import_plan(const Invocation& invocation, const std::string& text, db::Database& database) {
  auto plan = TRY(read_or_tell(invocation, text, kpi::read_plan(text)));
  auto outcome = TRY(done_or_tell(invocation, text, kpi::Plans(database).import_plan(plan, invocation.get("actor", "operator"))));
  TRY(evidence::Log::of(database).keep_checkpoint());
  print(outcome.plan +
        counts(invocation.ja(), outcome.entered.size(), outcome.revised.size(), outcome.withdrawn.size(), outcome.unchanged));
  print(invocation.ja()
            ? "  まだ下書きです。公開するには：musubi pack sign-off " + invocation.words[0] + " " + outcome.plan
            : "  It is a draft still. To make it public: musubi pack sign-off " + invocation.words[0] + " " + outcome.plan);
  return kGood;
}

// Whoever imports one and then the other would revise what calls itself the same edition.
class Editions {
 public:
  // A fault where an earlier file holds a plan of this id and version with other content.
  void compare(const std::string& path, const std::string& text, kpi::PackCheck& check) {
    std::string kind = kpi::pack_kind(text);
    if (!kind.empty() && kind != "plan") return;
    auto plan = kpi::read_plan(text);
    if (!plan.ok()) return;
    const auto& header = plan->header;
    auto [at, first] = seen_.try_emplace(header.id + " " + header.version, path, *plan);
    if (first || at->second.second == *plan) return;
    const std::string edition = header.id + " " + header.version, &other = at->second.first;
    auto fault = Error{
        Code::kInvalid,
        "pack.faults",
        {},
        {{"/version",
          {other + " も同じ版（" + edition + "）ですが、内容が違います。版を変えるか、どちらかを外してください。",
           other + " is the same edition (" + edition + ") with other content. Give one of them another version, or leave it out."}}}};
    for (auto& one : kpi::locate_faults(text, fault).faults) check.faults.push_back(std::move(one));
    ++check.total;
  }

 private:
  std::map<std::string, std::pair<std::string, kpi::PlanDocument>> seen_;  // by id and version
};

}  // namespace

int run_pack_check(const Invocation& invocation) {
  bool clean = true;
  json::array all;
  Editions editions;
  for (const auto& path : invocation.words) {
    auto text = read_file(path, kPackLimit);
    auto check = text.ok() ? check_any(*text) : unreadable(text.error());
    if (text.ok() && check.clean()) editions.compare(path, *text, check);
    clean = clean && check.clean();
    for (const auto& fault : check.faults) {
      if (invocation.has("json"))
        all.push_back(json::object{{"file", path},
                                   {"line", std::int64_t(fault.line)},
                                   {"pointer", fault.pointer},
                                   {"ja", fault.message.ja},
                                   {"en", fault.message.en}});
      else
        print(path + ":" + number(fault.line) + ": " + invocation.say(fault.message) +
              (fault.pointer.empty() ? "" : "  [" + fault.pointer + "]"));
    }
    if (invocation.has("json")) continue;
    if (check.total > check.faults.size())
      print(path + (invocation.ja() ? ": ほかに " : ": and ") + number(check.total - check.faults.size()) +
            (invocation.ja() ? " 件" : " more"));
    if (check.clean()) print(path + (invocation.ja() ? ": 誤りはありません" : ": no fault"));
  }
  if (invocation.has("json")) print(json::serialize(all));
  return clean ? kGood : kFoundWrong;
}

int run_pack_import(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    const std::string &id = invocation.words[0], &path = invocation.words[1];
    std::vector<Wrong> wrong;
    std::string text = read_or({}, path, read_file(path, kPackLimit), wrong);
    bool read = wrong.empty();
    auto [installation, database] = read_or({}, id, open_organisation(invocation.config, id, Opening::kServe), wrong);
    if (read && !wrong.empty()) print_faults(invocation, path, check_any(text));
    if (!wrong.empty()) return all_of(wrong);
    std::string kind = kpi::pack_kind(text);
    if (kpi::is_indicator_pack(text)) return import_indicators(invocation, text, *database);
    if (kind == "sheet") return import_sheet(invocation, text, *database);
    if (kind == "scale") return import_scale(invocation, text, *database);
    if (!kind.empty() && kind != "plan") return not_imported(path, kind);
    return import_plan(invocation, text, *database);
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_pack_from_text(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    const std::string& path = invocation.words[0];
    std::string text = TRY(read_file(path, kPackLimit));
    kpi::PlanTextHead head;
    head.id = invocation.get("id", head.id);
    head.title = invocation.get("title", head.title);
    head.date = invocation.get("date", head.date);
    auto read = TRY(kpi::read_plan_text(text, head));
    const std::string pack = pretty_json(kpi::pack_of(read.document)), out = invocation.get("out");
    if (!out.empty()) TRY(replace_file(out, pack, 0644));
    if (invocation.has("json")) {
      print(json::serialize(kpi::plan_text_report(read)));
    } else if (out.empty() && !invocation.has("lines")) {
      print(pack);
    } else {
      if (invocation.has("lines"))
        for (const auto& run : kpi::runs_of(read))
          print(number(run.first) + (run.last == run.first ? "" : "-" + number(run.last)) + ": " +
                invocation.say(kpi::kind_title(run.kind)) + (run.measure.empty() ? "" : " " + run.measure) + ": " + run.words);
      for (const auto& remark : read.remarks)
        print(path + ":" + number(remark.line) + ": " + (remark.measure.empty() ? "" : remark.measure + " ") +
              invocation.say(remark.message));
      for (const auto& [kind, n] : read.counts) print("  " + invocation.say(kpi::kind_title(kind)) + ": " + number(n));
      print((out.empty() ? path : out) + (invocation.ja() ? "：施策 " : ": measures ") + number(read.document.measures.size()) +
            (invocation.ja() ? "、節 " : ", sections ") + number(read.document.header.sections.size()) +
            (invocation.ja() ? "、見直すところ " : ", to look at ") + number(read.remarks.size() + read.more));
    }
    return read.remarks.empty() ? kGood : kFoundWrong;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_pack_sign_off(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto installation = TRY(Installation::open(invocation.config, Opening::kServe));
    auto database = TRY(installation->store().organisation(invocation.words[0]));
    kpi::Plans plans(*database);
    auto state = TRY(plans.state(invocation.words[1], {true, {}}));
    auto signed_off = TRY(plans.sign_off(invocation.words[1], invocation.get("actor", "operator"), state.edition));
    TRY(evidence::Log::of(*database).keep_checkpoint());
    print(invocation.words[1] + (invocation.ja() ? " を承認しました（記録 " : " signed off (record ") +
          std::to_string(signed_off.record) + (invocation.ja() ? "）。版：" : "). Edition: ") + signed_off.edition);
    return kGood;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

}  // namespace musubi::app
