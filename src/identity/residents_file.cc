#include "identity/residents_file.h"

#include <algorithm>
#include <array>
#include <map>

#include "identity/resident_rules.h"
#include "text/csv.h"
#include "text/normalise.h"

namespace musubi::identity {
namespace {

constexpr std::array<std::string_view, 13> kRequired = {"household",    "relation",   "family", "given",       "family_kana",
                                                        "given_kana",   "birth_date", "sex",    "postal_code", "prefecture",
                                                        "municipality", "street",     "since"};
constexpr std::array<std::string_view, 3> kOptional = {"building", "insurance", "child_allowance"};
constexpr std::array<std::string_view, 7> kRelations = {"head", "spouse", "child", "parent", "grandchild", "sibling", "other"};
constexpr std::array<std::string_view, 4> kInsurances = {"national", "employee", "elderly", "none"};
constexpr std::size_t kFaultsAtMost = 1000;

Error bad_file(std::vector<Fault> faults) {
  return {Code::kInvalid,
          "residents.bad_file",
          {"ファイルに誤りがあります。直してからもう一度取り込んでください。誰も登録していません。",
           "The file has faults. Correct them and import it again. Nobody was entered."},
          std::move(faults)};
}

class Faults {
 public:
  void add(std::size_t line, std::string_view column, const Text& message) {
    std::string c(column);
    if (all_.size() < kFaultsAtMost) all_.push_back({std::to_string(line), {c + "：" + message.ja, c + ": " + message.en}});
  }
  bool none() const { return all_.empty(); }
  Error error() {
    std::stable_sort(all_.begin(), all_.end(),
                     [](const Fault& a, const Fault& b) { return std::stoull(a.where) < std::stoull(b.where); });
    return bad_file(std::move(all_));
  }

 private:
  std::vector<Fault> all_;
};

using Columns = std::map<std::string, std::size_t, std::less<>>;

Columns read_header(const std::vector<std::string>& cells, Faults& faults) {
  Columns columns;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string name(text::trim(cells[i]));
    bool known = std::find(kRequired.begin(), kRequired.end(), name) != kRequired.end() ||
                 std::find(kOptional.begin(), kOptional.end(), name) != kOptional.end();
    if (!known)
      faults.add(1, text::first_code_points(name, 40), {"知らない列です。", "This column is not known."});
    else if (!columns.emplace(name, i).second)
      faults.add(1, name, {"列が二度あります。", "The column stands twice."});
  }
  for (auto name : kRequired)
    if (!columns.contains(name)) faults.add(1, name, {"列がありません。", "The column is missing."});
  return columns;
}

// A word, or how it is called in Japanese.
template <std::size_t N>
std::string word_of(const std::string& typed, const std::array<std::string_view, N>& words,
                    std::optional<Text> (*title)(std::string_view)) {
  for (auto word : words)
    if (auto known = title(word); known && known->ja == typed) return std::string(word);
  return typed;
}

std::string_view column_of(std::string_view pointer) { return pointer.substr(pointer.rfind('/') + 1); }

class Line {
 public:
  Line(const Columns& columns, const std::vector<std::string>& cells, std::size_t number, Faults& faults)
      : columns_(columns), cells_(cells), number_(number), faults_(faults) {}

  std::string cell(std::string_view name) const {
    auto at = columns_.find(name);
    return at == columns_.end() ? std::string() : std::string(text::trim(cells_[at->second]));
  }
  FilePerson person() {
    Resident one;
    one.name = {cell("family"), cell("given"), text::katakana_form(cell("family_kana")), text::katakana_form(cell("given_kana")), {}};
    auto born = day("birth_date"), since = day("since");
    one.birth_date = born.value_or(text::Date{1900, 1, 1});
    one.since = since.value_or(born.value_or(text::Date{2000, 1, 1}));
    one.sex = sex();
    one.relation = word_of(cell("relation"), kRelations, relation_title);
    one.address = {cell("postal_code"), cell("prefecture"), cell("municipality"), cell("street"), cell("building")};
    if (auto given = cell("insurance"); !given.empty()) one.insurance = word_of(given, kInsurances, insurance_title);
    std::string allowance = cell("child_allowance");
    one.child_allowance = allowance == "yes" || allowance == "有";
    if (!one.child_allowance && !allowance.empty() && allowance != "no" && allowance != "無")
      faults_.add(number_, "child_allowance", {"yes か no（有・無）を入力してください。", "Enter yes or no."});
    if (cell("household").empty())
      faults_.add(number_, "household", {"世帯の番号を入力してください。", "Enter the key of the household."});
    std::vector<Fault> found;
    check_resident(one, "", found);
    for (const auto& fault : found) faults_.add(number_, column_of(fault.where), fault.message);
    return {number_, std::move(one)};
  }

 private:
  std::optional<text::Date> day(std::string_view name) {
    auto read = text::read_date(cell(name));
    if (read.ok()) return *read;
    faults_.add(number_, name, read.error().message);
    return std::nullopt;
  }
  Sex sex() {
    std::string typed = cell("sex");
    if (typed == "女") return Sex::kFemale;
    if (typed == "男") return Sex::kMale;
    if (auto known = sex_from(typed)) return *known;
    faults_.add(number_, "sex",
                {"female、male、not_stated（女・男）のどれかを入力してください。", "Enter female, male or not_stated."});
    return Sex::kNotStated;
  }

  const Columns& columns_;
  const std::vector<std::string>& cells_;
  std::size_t number_;
  Faults& faults_;
};

// Who is who without a code: the same name, day of birth and address.
std::string likeness(const Resident& one) {
  return text::search_form(one.name.family + "\t" + one.name.given + "\t" + text::iso_date(one.birth_date) + "\t" +
                           one.address.postal_code + "\t" + one.address.line());
}

void check_household(const std::vector<FilePerson>& members, Faults& faults) {
  std::size_t heads = 0;
  for (const auto& each : members)
    if (each.person.relation == "head" && ++heads > 1)
      faults.add(each.line, "relation", {"この世帯には世帯主がもう一人います。", "This household has another head."});
  if (heads == 0) faults.add(members[0].line, "relation", {"この世帯に世帯主（head）がいません。", "This household has no head."});
  if (members.size() > kHouseholdAtMost)
    faults.add(members[0].line, "household", {"1 世帯は 30 人までです。", "A household has at most 30 persons."});
}

Result<std::map<std::string, std::string>> present_ones(db::Reader& reader) {
  std::map<std::string, std::string> all;
  ResidentQuery query;
  query.per_page = 200;
  for (;; ++query.page) {
    auto page = TRY(search_residents(reader, query));
    for (const auto& one : page.residents)
      if (!one.erased) all.emplace(likeness(one), one.code);
    if (page.residents.size() < query.per_page) return all;
  }
}

}  // namespace

Result<std::vector<FilePerson>> read_residents_file(std::string_view csv) {
  auto table = TRY(text::read_csv(csv, {kFileBytesAtMost, kFilePersonsAtMost + 1, kRequired.size() + kOptional.size() + 100}));
  Faults faults;
  if (table.rows.empty()) {
    faults.add(1, "household",
               {"ファイルが空です。最初の行に列の名前を書いてください。", "The file is empty. Its first line names the columns."});
    return faults.error();
  }
  auto columns = read_header(table.rows[0], faults);
  if (!faults.none()) return faults.error();  // without columns, every line would be wrong
  std::vector<std::string> order;
  std::map<std::string, std::vector<FilePerson>> households;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 1; i < table.rows.size(); ++i) {
    Line line(columns, table.rows[i], table.lines[i], faults);
    auto one = line.person();
    auto [at, fresh] = seen.emplace(likeness(one.person), one.line);
    if (!fresh)
      faults.add(one.line, "family",
                 {std::to_string(at->second) + " 行目と同じ人です（氏名・生年月日・住所）。",
                  "The same person as in line " + std::to_string(at->second) + " (name, day of birth, address)."});
    auto& members = households[line.cell("household")];
    if (members.empty()) order.push_back(line.cell("household"));
    members.push_back(std::move(one));
  }
  if (order.empty()) faults.add(1, "household", {"住民の行がありません。", "There is no line of a resident."});
  std::vector<FilePerson> out;
  for (const auto& key : order) {
    auto& members = households[key];
    check_household(members, faults);
    std::stable_partition(members.begin(), members.end(), [](const FilePerson& each) { return each.person.relation == "head"; });
    for (auto& each : members) out.push_back(std::move(each));
  }
  if (!faults.none()) return faults.error();
  return out;
}

Result<FileEntered> enter_residents_file(db::Transaction& tx, const std::vector<FilePerson>& persons, std::string_view actor) {
  auto known = TRY(present_ones(tx));
  Faults faults;
  for (const auto& each : persons)
    if (known.contains(likeness(each.person)))
      faults.add(each.line, "family",
                 {"すでに登録されている人です（氏名・生年月日・住所）。",
                  "This person is on the register already (name, day of birth, address)."});
  if (!faults.none()) return faults.error();
  FileEntered done;
  for (std::size_t at = 0; at < persons.size();) {
    std::vector<Resident> batch;  // whole households: a head begins one
    while (at < persons.size() && (batch.size() + kHouseholdAtMost < kEntriesAtMost || persons[at].person.relation != "head")) {
      done.households += persons[at].person.relation == "head";
      batch.push_back(persons[at++].person);
    }
    done.persons += batch.size();
    TRY(enter_residents(tx, std::move(batch), actor));
  }
  return done;
}

}  // namespace musubi::identity
