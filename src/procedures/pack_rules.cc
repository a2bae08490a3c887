#include "procedures/pack_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "procedures/procedures.h"

namespace musubi::procedures {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool separated(std::string_view id, std::string_view separators, bool letter_first) {
  bool gap = true;
  for (std::size_t i = 0; i < id.size(); ++i) {
    char c = id[i];
    bool separator = separators.find(c) != separators.npos;
    if (!(is_lower(c) || (is_digit(c) && (i > 0 || !letter_first)) || (separator && !gap))) return false;
    gap = separator;
  }
  return !gap;
}

bool sized(FieldType type) {
  return type == FieldType::kText || type == FieldType::kLongText || type == FieldType::kKana || type == FieldType::kNumber ||
         type == FieldType::kDigits || type == FieldType::kChoices || type == FieldType::kGroup || type == FieldType::kFile;
}
bool chosen(FieldType type) { return type == FieldType::kChoice || type == FieldType::kChoices; }
bool asked_in_guide(FieldType type) {
  return type == FieldType::kMember || type == FieldType::kDate || type == FieldType::kYesNo || type == FieldType::kNumber ||
         chosen(type);
}
bool within_group(FieldType type) { return type != FieldType::kGroup && type != FieldType::kFile && type != FieldType::kMember; }

Text no_such(std::string_view what_ja, std::string_view what_en, const std::string& id) {
  return {"「" + id + "」という" + std::string(what_ja) + "は、このパックにありません。",
          "There is no " + std::string(what_en) + " called \"" + id + "\" in this pack."};
}

class Checker {
 public:
  explicit Checker(const Pack& pack) : pack_(pack) {}

  std::vector<Fault> run() {
    if (!valid_pack_id(pack_.id))
      add("/id", {"パックの id は「場所や機関.名前」の形で、小文字・数字・ハイフンで書きます。例: demo.moving",
                  "A pack's id is a place or organisation, a dot and a name in kebab case. Example: demo.moving"});
    version(pack_.version, "/version");
    ids(pack_.roles, "/roles");
    ids(pack_.fields, "/fields");
    ids(pack_.pages, "/pages");
    ids(pack_.events, "/events");
    ids(pack_.procedures, "/procedures");
    for (std::size_t i = 0; i < pack_.roles.size(); ++i) role(pack_.roles[i], at("/roles", i));
    for (std::size_t i = 0; i < pack_.fields.size(); ++i) field(pack_.fields[i], at("/fields", i), nullptr);
    pages();
    for (std::size_t i = 0; i < pack_.events.size(); ++i) event(pack_.events[i], at("/events", i));
    for (std::size_t i = 0; i < pack_.procedures.size(); ++i) procedure(pack_.procedures[i], at("/procedures", i));
    cycles();
    return std::move(faults_);
  }

 private:
  static std::string at(const std::string& list, std::size_t i) { return list + "/" + std::to_string(i); }
  void add(std::string where, Text message) { faults_.push_back({std::move(where), std::move(message)}); }
  void version(std::int64_t value, const std::string& where) {
    if (value < 1 || value > 9999) add(where, {"版は1から9999までの整数です。", "A version is a whole number from 1 to 9999."});
  }
  void id(const std::string& value, const std::string& where, std::set<std::string>& seen) {
    if (!valid_id(value))
      add(where, {"id は小文字で始め、小文字・数字・ハイフン・下線で書きます。",
                  "An id begins with a lower-case letter; lower-case letters, digits, - and _ follow."});
    if (!seen.insert(value).second) add(where, {"「" + value + "」が二度書かれています。", "\"" + value + "\" stands twice."});
  }
  template <class T>
  void ids(const std::vector<T>& all, const std::string& list) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < all.size(); ++i) id(all[i].id, at(list, i) + "/id", seen);
  }
  // The field of that id: of the group where it has one, else of the pack.
  const Field* find(const std::string& id, const Field* group) const {
    if (group)
      for (const auto& one : group->fields)
        if (one.id == id) return &one;
    return pack_.field(id);
  }
  const Field* known(const std::string& id, const std::string& where) {
    const Field* field = pack_.field(id);
    if (!field) add(where, no_such("項目", "field", id));
    return field;
  }
  void condition(const Condition& when, const std::string& where, const Field* group = nullptr,
                 const std::set<std::string>* only = nullptr) {
    for (const auto& id : when.fields()) {
      if (!find(id, group))
        add(where, no_such("項目", "field", id));
      else if (only && !only->contains(id))
        add(where, {"案内の条件には、案内の質問だけを使えます。「" + id + "」は質問ではありません。",
                    "A condition of a guide may use its questions only. \"" + id + "\" is not one of them."});
    }
    for (const auto& [id, word] : when.words()) {
      const Field* field = find(id, group);
      if (!field) continue;
      bool fits = true;
      if (chosen(field->type))
        fits = std::any_of(field->choices.begin(), field->choices.end(), [&](const Choice& one) { return one.id == word; });
      if (field->type == FieldType::kYesNo) fits = word == "yes" || word == "no";
      if (!fits)
        add(where, {"「" + id + "」の選択肢に「" + word + "」はありません。この条件は決して成り立ちません。",
                    "\"" + id + "\" has no choice \"" + word + "\": this condition can never hold."});
    }
  }

  void role(const Role& role, const std::string& where) {
    if (role.field.empty()) return;
    const Field* field = known(role.field, where + "/field");
    if (field && (field->type != FieldType::kMember || field->member_kind != role.kind))
      add(where + "/field", {"役割の項目は、同じ種類（kind）の機関を選ぶ member でなければなりません。",
                             "The field of a role must be of type member and of the same kind."});
  }

  void field(const Field& f, const std::string& where, const Field* group) {
    condition(f.when, where + "/when", group);
    if (chosen(f.type) == f.choices.empty())
      add(where + "/choices", chosen(f.type)
                                  ? Text{"選択肢が必要です。", "Choices are needed."}
                                  : Text{"選択肢は choice と choices だけに書けます。", "Only choice and choices have choices."});
    ids(f.choices, where + "/choices");
    if ((f.type == FieldType::kMember) == f.member_kind.empty())
      add(where + "/member_kind",
          {"member_kind は member に、そして member だけに書きます。", "member_kind belongs to member, and to member only."});
    if ((f.type == FieldType::kFile) == f.accept.empty())
      add(where + "/accept", {"accept は file に、そして file だけに書きます。", "accept belongs to file, and to file only."});
    for (std::size_t i = 0; i < f.accept.size(); ++i)
      if (f.accept[i] != "pdf" && f.accept[i] != "png" && f.accept[i] != "jpeg")
        add(at(where + "/accept", i), {"pdf、png、jpeg のいずれかを書いてください。", "Write pdf, png or jpeg."});
    limits(f, where);
    if (!f.within.empty() && (!pack_.role(f.within) || f.type != FieldType::kAddress))
      add(where + "/within", no_such("役割", "role", f.within));
    if (f.source && !group && !pack_.role(f.source->role)) add(where + "/source/role", no_such("役割", "role", f.source->role));
    if ((f.type == FieldType::kGroup) == f.fields.empty())
      add(where + "/fields", {"fields は group に、そして group だけに書きます。", "fields belong to group, and to group only."});
    if (f.type == FieldType::kGroup && !f.entry)
      add(where + "/entry", {"一件の呼び名（entry）が必要です。", "The name of one entry is needed."});
    ids(f.fields, where + "/fields");
    for (std::size_t i = 0; i < f.fields.size(); ++i) {
      std::string inner = at(where + "/fields", i);
      if (!within_group(f.fields[i].type))
        add(inner + "/type", {"group の中に group、file、member は置けません。", "A group holds no group, file or member."});
      field(f.fields[i], inner, &f);
    }
  }

  void limits(const Field& f, const std::string& where) {
    if ((f.min || f.max) && !sized(f.type))
      add(where + (f.min ? "/min" : "/max"), {"この種類の項目に min や max はありません。", "This type of field has no min or max."});
    if (f.min && f.max && *f.min > *f.max) add(where + "/min", {"min が max より大きくなっています。", "min is larger than max."});
    if (f.min && *f.min < 0 && f.type != FieldType::kNumber) add(where + "/min", {"0以上が必要です。", "It must be 0 or more."});
    if (f.type == FieldType::kFile && f.max && (*f.max < 1 || *f.max > std::int64_t(kFileBytes >> 10)))
      add(where + "/max", {"ファイルは512キロバイトまでです。", "A file has at most 512 kilobytes."});
    if (f.type == FieldType::kGroup && f.max && *f.max > 50)
      add(where + "/max", {"くり返しは50件までです。", "A group has at most 50 entries."});
    if ((f.earliest_days || f.latest_days) && f.type != FieldType::kDate)
      add(where + (f.earliest_days ? "/earliest_days" : "/latest_days"), {"日付だけの項目です。", "This belongs to dates only."});
    if (f.earliest_days && f.latest_days && *f.earliest_days > *f.latest_days)
      add(where + "/earliest_days", {"earliest_days が latest_days より後です。", "earliest_days is later than latest_days."});
    for (auto days : {f.earliest_days, f.latest_days})
      if (days && (*days < -60'000 || *days > 60'000)) add(where, {"日数は60000までです。", "At most 60000 days."});
  }

  void pages() {
    for (std::size_t i = 0; i < pack_.pages.size(); ++i) {
      const FormPage& page = pack_.pages[i];
      std::string where = at("/pages", i);
      condition(page.when, where + "/when");
      for (std::size_t j = 0; j < page.fields.size(); ++j) {
        std::string here = at(where + "/fields", j);
        const Field* field = known(page.fields[j], here);
        if (!on_page_.insert(page.fields[j]).second)
          add(here,
              {"「" + page.fields[j] + "」は、もう別のページにあります。", "\"" + page.fields[j] + "\" stands on a page already."});
        if (field && field->type == FieldType::kGroup && page.fields.size() > 1)
          add(here, {"くり返し（group）には、そのためだけのページが必要です。", "A group needs a page of its own."});
      }
    }
  }

  void event(const Event& e, const std::string& where) {
    std::set<std::string> questions;
    for (std::size_t i = 0; i < e.questions.size(); ++i) {
      std::string here = at(where + "/questions", i);
      const Field* field = known(e.questions[i], here);
      if (field && !asked_in_guide(field->type))
        add(here, {"案内で聞けるのは、機関・日付・数・はい/いいえ・選択だけです。",
                   "A guide asks for organisations, dates, numbers, yes or no, and choices only."});
      if (!questions.insert(e.questions[i]).second) add(here, {"同じ質問が二度あります。", "This question stands twice."});
      asked_.insert(e.questions[i]);
    }
    for (std::size_t i = 0; i < e.stops.size(); ++i)
      condition(e.stops[i].when, at(where + "/stops", i) + "/when", nullptr, &questions);
    std::set<std::string> listed;
    for (std::size_t i = 0; i < e.list.size(); ++i) {
      std::string here = at(where + "/list", i);
      const Procedure* procedure = pack_.procedure(e.list[i].procedure);
      if (!procedure) add(here + "/procedure", no_such("手続", "procedure", e.list[i].procedure));
      if (procedure && procedure->by_system)
        add(here + "/procedure", {"この手続は一覧に出せません（by_system）。", "This procedure stands in no list (by_system)."});
      if (!listed.insert(e.list[i].procedure).second)
        add(here + "/procedure", {"同じ手続が二度あります。", "This procedure stands twice."});
      condition(e.list[i].when, here + "/when", nullptr, &questions);
    }
    for (std::size_t i = 0; i < e.elsewhere.size(); ++i) {
      std::string here = at(where + "/elsewhere", i);
      condition(e.elsewhere[i].when, here + "/when", nullptr, &questions);
      const std::string& link = e.elsewhere[i].link;
      if (!link.empty() && !link.starts_with("https://") && !link.starts_with("http://") && !link.starts_with("/"))
        add(here + "/link", {"https:// で始まる住所が必要です。", "An address that begins with https:// is needed."});
    }
  }

  void procedure(const Procedure& p, const std::string& where) {
    version(p.version, where + "/version");
    if (!pack_.role(p.recipient)) add(where + "/recipient", no_such("役割", "role", p.recipient));
    if (p.standard_days < 0) add(where + "/standard_days", {"0以上が必要です。", "It must be 0 or more."});
    if (p.fee_yen < 0) add(where + "/fee_yen", {"0以上が必要です。", "It must be 0 or more."});
    if (p.deadline) {
      const Field* field = known(p.deadline->field, where + "/deadline/field");
      if (field && field->type != FieldType::kDate)
        add(where + "/deadline/field", {"日付の項目が必要です。", "A field of type date is needed."});
      if (p.deadline->days < 0) add(where + "/deadline/days", {"0以上が必要です。", "It must be 0 or more."});
    }
    for (std::size_t i = 0; i < p.after.size(); ++i)
      if (!pack_.procedure(p.after[i])) add(at(where + "/after", i), no_such("手続", "procedure", p.after[i]));
    ids(p.route, where + "/route");
    if (p.route.empty()) add(where + "/route", {"承認の道筋に、少なくとも一段が必要です。", "A route needs at least one step."});
    form(p, where);
    decision(p, where + "/decision");
    permits(p, where);
  }

  void form(const Procedure& p, const std::string& where) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < p.form.size(); ++i) {
      std::string here = at(where + "/form", i);
      const Field* field = known(p.form[i].field, here);
      if (!seen.insert(p.form[i].field).second) add(here, {"同じ項目が二度あります。", "This field stands twice."});
      condition(p.form[i].when, here + "/when");
      if (!field || p.by_system) continue;
      if (!on_page_.contains(field->id) && !asked_.contains(field->id))
        add(here,
            {"「" + field->id + "」を聞くページも質問もありません。", "No page and no question asks for \"" + field->id + "\"."});
      if (field->source && !permitted(*field))
        add(here, {"「" + field->source->item + "」を取り寄せる許可（permits）が、どの手続にもありません。",
                   "No procedure has a permit to fetch \"" + field->source->item + "\"."});
    }
    if (p.further.empty()) return;
    const Field* group = known(p.further, where + "/further");
    if (group && (group->type != FieldType::kGroup || !seen.contains(p.further)))
      add(where + "/further", {"様式にある group の項目が必要です。", "A group of this form is needed."});
  }

  bool permitted(const Field& field) const {
    const Role* role = pack_.role(field.source->role);
    for (const auto& p : pack_.procedures)
      for (const auto& line : p.permits)
        if (line.asking == "kind:portal" && role && line.answering == "kind:" + role->kind &&
            std::find(line.items.begin(), line.items.end(), field.source->item) != line.items.end())
          return true;
    return false;
  }

  void decision(const Procedure& p, const std::string& where) {
    if (!valid_id(p.decision.id))
      add(where + "/id", {"id は小文字・数字・ハイフン・下線で書きます。", "An id is lower-case letters, digits, - and _."});
    if (p.decision.validity_days && *p.decision.validity_days < 1)
      add(where + "/validity_days", {"1以上が必要です。", "It must be 1 or more."});
    for (std::size_t i = 0; i < p.decision.body.size(); ++i)
      for (const auto* line : {&p.decision.body[i].ja, &p.decision.body[i].en}) placeholders(p, *line, at(where + "/body", i));
  }
  void placeholders(const Procedure& p, std::string_view line, const std::string& where) {
    for (std::size_t open = line.find('{'); open != line.npos; open = line.find('{', open + 1)) {
      std::size_t close = line.find('}', open);
      std::string name(line.substr(open + 1, close == line.npos ? line.npos : close - open - 1));
      bool fits = close != line.npos && (name == "applicant" || std::any_of(p.form.begin(), p.form.end(),
                                                                            [&](const FormUse& use) { return use.field == name; }));
      if (!fits)
        add(where, {"「{" + name + "}」に入るものが、この様式にありません。", "Nothing in this form fills \"{" + name + "}\"."});
    }
  }

  void permits(const Procedure& p, const std::string& where) {
    for (std::size_t i = 0; i < p.permits.size(); ++i) {
      std::string here = at(where + "/permits", i);
      for (const auto* side : {&p.permits[i].asking, &p.permits[i].answering}) {
        std::string_view name = *side;
        if (name.starts_with("kind:")) name.remove_prefix(5);
        if (!valid_id(name))
          add(here + (side == &p.permits[i].asking ? "/asking" : "/answering"),
              {"機関の id か「kind:種類」が必要です。", "The id of an organisation or \"kind:...\" is needed."});
      }
      for (std::size_t j = 0; j < p.permits[i].items.size(); ++j)
        if (!separated(p.permits[i].items[j], "._", true))
          add(at(here + "/items", j), {"項目は person.name のように書きます。", "An item is written like person.name."});
    }
  }

  void cycles() {
    for (std::size_t i = 0; i < pack_.procedures.size(); ++i) {
      std::set<std::string> seen;
      if (reaches(pack_.procedures[i].id, pack_.procedures[i], seen))
        add(at("/procedures", i) + "/after",
            {"先に済ませる手続が輪になっています。", "The procedures that come first form a circle."});
    }
  }
  bool reaches(const std::string& goal, const Procedure& from, std::set<std::string>& seen) const {
    for (const auto& id : from.after) {
      if (id == goal) return true;
      if (!seen.insert(id).second) continue;
      const Procedure* next = pack_.procedure(id);
      if (next && reaches(goal, *next, seen)) return true;
    }
    return false;
  }

  const Pack& pack_;
  std::vector<Fault> faults_;
  std::set<std::string> on_page_, asked_;
};

}  // namespace

bool valid_id(std::string_view id) { return id.size() <= 60 && separated(id, "_-", true); }

bool valid_pack_id(std::string_view id) {
  if (id.size() > 120) return false;
  for (std::size_t parts = 1;; ++parts) {
    std::size_t dot = id.find('.');
    if (!separated(id.substr(0, dot), "-", false)) return false;
    if (dot == id.npos) return parts >= 2;
    id.remove_prefix(dot + 1);
  }
}

std::vector<Fault> faults_of(const Pack& pack) { return Checker(pack).run(); }

}  // namespace musubi::procedures
