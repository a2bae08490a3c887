#include "kpi/sheet_xlsx_read.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "kpi/sheet_json.h"
#include "kpi/sheet_layout.h"
#include "kpi/sheet_xlsx.h"

namespace musubi::kpi {
namespace {

using document::CellAt;
using web::Language;

constexpr std::size_t kDigestLetters = 64, kMostParts = 1 + kMaxSheetIndicators + kMaxProgrammes;

Error no_keys() {
  return {Code::kInvalid,
          "sheet_file.no_keys",
          {"この表からダウンロードした Excel "
           "ファイルではないか、隠れている列・シートが消えています。表のページからダウンロードし直したファイルに書き写してください。",
           "This is not a workbook downloaded from a sheet, or its hidden columns and sheet are gone. Download the sheet again and "
           "copy what you wrote into that file."},
          {}};
}

const std::string* text_at(const document::Sheet& sheet, CellAt at) {
  const auto* cell = sheet.find(at);
  return cell ? std::get_if<std::string>(&cell->value) : nullptr;
}
std::string plain_at(const document::Sheet& sheet, CellAt at) {
  const auto* cell = sheet.find(at);
  return cell ? words_of(Shown{cell->value}) : std::string();
}
bool is_empty(const document::Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell.value);
  return !cell.formula && (std::holds_alternative<std::monostate>(cell.value) || (text && text->empty()));
}

// One form of the file: where its keys stand.
struct FormOfFile {
  const document::Sheet* sheet = nullptr;
  Language language = Language::ja;
  std::uint32_t key_column = 0;
  std::map<std::string, std::uint32_t, std::less<>> rows;
  std::map<std::pair<std::string, std::string>, std::uint32_t> columns;  // table and key
  std::string name(CellAt at) const { return document::cell_name(sheet->name, at); }
};

std::string table_of(std::string_view row) { return std::string(row.substr(0, row.find('/'))); }

class WorkbookReader {
 public:
  WorkbookReader(const document::Workbook& book, const Sheet& base) : book_(book), base_(base), layout_(layout_of(base)) {
    out_.sheet = base;
  }

  Result<ReadSheet> run() {
    if (!find_forms()) return no_keys();
    for (auto& form : forms_) {
      find_keys(form);
      find_strays(form);
      find_missing(form);
      find_merged(form);
    }
    for (const auto& form : forms_) read_cells(form);
    check();
    if (!faults_.empty()) return refused();
    gather();
    return std::move(out_);
  }

 private:
  void fault(std::string where, Text message) { faults_.push_back({std::move(where), std::move(message)}); }

  Error refused() {
    std::string count = std::to_string(faults_.size());
    return {
        Code::kInvalid,
        "sheet_file.faults",
        {"ファイルに直すところが " + count + " か所あります。何も取り込んでいません。すべて直して、もう一度アップロードしてください。",
         "The file has " + count + " fault(s). Nothing was taken in. Correct them all and upload it again."},
        std::move(faults_)};
  }

  bool find_forms() {
    for (const auto& sheet : book_.sheets)
      for (const auto& [at, cell] : sheet.cells) {
        const auto* key = std::get_if<std::string>(&cell.value);
        if (!key || !key->starts_with(kFormKey)) continue;
        FormOfFile form{&sheet, key->substr(kFormKey.size()) == "en" ? Language::en : Language::ja, at.column, {}, {}};
        bool twice = std::any_of(forms_.begin(), forms_.end(), [&](auto& one) { return one.language == form.language; });
        if (twice)
          fault(form.name(at),
                {"同じ様式が二枚あります。一枚だけにしてください。", "This form is in the file twice. Leave one of them."});
        else
          forms_.push_back(form);
      }
    return !forms_.empty();
  }

  void find_keys(FormOfFile& form) {
    std::set<std::string, std::less<>> known;
    for (const auto& row : layout_.rows) known.insert(row.key);
    for (const auto& [at, cell] : form.sheet->cells) {
      const auto* key = at.column == form.key_column ? std::get_if<std::string>(&cell.value) : nullptr;
      if (!key || key->empty() || *key == "-" || key->starts_with(kFormKey)) continue;
      if (!known.contains(*key)) {
        fault(form.name(at), {"この表にない行です。別の表から写した行は消してください。",
                              "This row is not of this sheet. Delete rows copied from another sheet."});
        continue;
      }
      auto [found, added] = form.rows.emplace(*key, at.row);
      if (!added)
        fault(form.name(at), {"行 " + std::to_string(found->second + 1) + " と同じ行が二度あります。一方を消してください。",
                              "This row stands twice, also as row " + std::to_string(found->second + 1) + ". Delete one of them."});
    }
    for (const auto& [key, row] : form.rows) {
      if (!key.starts_with('@')) continue;
      for (auto it = form.sheet->cells.lower_bound({row, 0}); it != form.sheet->cells.end() && it->first.row == row; ++it) {
        const auto* column = std::get_if<std::string>(&it->second.value);
        if (it->first.column == form.key_column || !column || column->empty()) continue;
        if (!form.columns.emplace(std::pair(key.substr(1), *column), it->first.column).second)
          fault(form.name(it->first),
                {"同じ列が二度あります。一方を消してください。", "This column stands twice. Delete one of them."});
      }
    }
  }

  // Rows that somebody added: what stands in them would be lost.
  void find_strays(const FormOfFile& form) {
    std::set<std::uint32_t> keyed, told;
    for (const auto& [at, cell] : form.sheet->cells)
      if (at.column == form.key_column && !is_empty(cell)) keyed.insert(at.row);
    for (const auto& [at, cell] : form.sheet->cells)
      if (!keyed.contains(at.row) && !is_empty(cell) && told.insert(at.row).second)
        fault(form.name(at),
              {"この行には鍵がなく、取り込めません。消すか、もとの行に書いてください（行を足すときはパックを使います）。",
               "This row has no key and cannot be taken in. Delete it, or write in the rows of the form (rows are added by a pack)."});
  }

  void find_missing(const FormOfFile& form) {
    std::set<std::pair<std::string, std::string>> told;
    for (const auto& field : layout_.fields) {
      const auto& place = field.place;
      if (!form.rows.contains(place.row) && told.insert({place.row, ""}).second)
        fault(form.sheet->name,
              {"「" + place.what.ja + "」の行がありません。行を消しても値は消えません。ダウンロードし直してください。",
               "The row of \"" + place.what.en + "\" is gone. Deleting a row deletes nothing. Download the sheet again."});
      std::string table = table_of(place.row);
      if (!form.columns.contains({table, place.column}) && told.insert({table, place.column}).second)
        fault(form.sheet->name,
              {"「" + place.what.ja + "」の列がありません。列を消しても値は消えません。ダウンロードし直してください。",
               "The column of \"" + place.what.en + "\" is gone. Deleting a column deletes nothing. Download the sheet again."});
    }
  }

  std::optional<CellAt> locate(const FormOfFile& form, const Place& place) const {
    auto row = form.rows.find(place.row);
    auto column = form.columns.find({table_of(place.row), place.column});
    if (row == form.rows.end() || column == form.columns.end()) return std::nullopt;
    return CellAt{row->second, column->second};
  }

  // Merging empties all cells but the first.
  void find_merged(const FormOfFile& form) {
    std::set<CellAt> bound;
    for (const auto& field : layout_.fields)
      if (auto at = locate(form, field.place)) bound.insert(*at);
    for (const auto& range : form.sheet->merged)
      for (auto it = bound.lower_bound({range.first.row, 0}); it != bound.end() && it->row <= range.last.row; ++it)
        if (*it != range.first && it->column >= range.first.column && it->column <= range.last.column) {
          fault(form.name(*it), {"セルの結合 " + to_text(range) + " に隠れています。結合を解いてください。",
                                 "It is hidden by the merged cells " + to_text(range) + ". Take the merge apart."});
          break;
        }
  }

  void read_cells(const FormOfFile& form) {
    for (std::size_t i = 0; i < layout_.fields.size(); ++i) {
      const auto& field = layout_.fields[i];
      auto at = locate(form, field.place);
      if (!at) continue;
      const std::string where = form.name(*at);
      const auto& place = field.place;
      out_.places.emplace(std::pair(place.part, place.path), where);
      out_.places.emplace(std::pair(place.part, place.path + "/" + std::string(http::language_tag(form.language))), where);
      const auto* cell = form.sheet->find(*at);
      Shown before = field.show(base_, form.language), typed;
      if (cell) typed = {cell->value, cell->style < book_.styles.size() ? book_.styles[cell->style].format : ""};
      if (cell && cell->formula && std::holds_alternative<std::monostate>(cell->value)) {
        fault(where, {"数式の結果がファイルにありません。値を書いてください。",
                      "The file does not hold what the formula gives. Write the value."});
        continue;
      }
      const bool percent = document::is_percent_format(typed.format) && !document::is_percent_format(before.format) &&
                           std::holds_alternative<double>(typed.value);
      if (same_content(before.value, typed.value) && !percent) continue;
      take(i, form.language, where, typed);
    }
  }

  // A cell may have been changed in both forms: they must then say the same.
  void take(std::size_t field, Language l, const std::string& where, const Shown& typed) {
    const auto& one = layout_.fields[field];
    auto other = taken_.find(field);
    std::optional<Shown> said;
    if (other != taken_.end()) said = one.show(out_.sheet, other->second.first);
    auto done = one.put(out_.sheet, typed, l);
    if (!done.ok()) return fault(where, done.error().message);
    if (said) {
      Shown now = one.show(out_.sheet, other->second.first);
      if (!same_content(said->value, now.value) || words_of(*said) != words_of(now))
        return fault(where, {other->second.second + " と違う値です。どちらかに揃えてください。",
                             "It says another thing than " + other->second.second + ". Make them agree."});
    }
    taken_.emplace(field, std::pair(l, where));
    changed_.push_back({field, l, where});
  }

  void check() {
    std::vector<Fault> shape;
    const Parts before = parts_of(base_), now = parts_of(out_.sheet);
    for (const auto& [key, part] : now) {
      auto found = before.find(key);
      if (found != before.end() && found->second == part) continue;
      std::vector<Fault> own;
      if (key.kind == PartKind::kHeader)
        read_sheet_header(part, own);
      else if (key.kind == PartKind::kIndicator)
        read_sheet_indicator(part, "", own);
      else
        read_programme(part, "", own);
      for (auto& one : own) fault(cell_of(out_, key, one.where), std::move(one.message));
    }
    const std::vector<Fault> read = faults_;  // of what could not be read the rules say nothing
    for (auto& one : faults_of(out_.sheet)) {
      auto [key, path] = part_at(one.where);
      const std::string where = cell_of(out_, key, path);
      if (std::none_of(read.begin(), read.end(), [&](const Fault& other) { return other.where == where; }))
        fault(where, std::move(one.message));
    }
  }

  // "/indicators/3/lines/0" names the fourth indicator.
  std::pair<PartKey, std::string> part_at(std::string_view pointer) const {
    for (auto [start, kind] :
         {std::pair{std::string_view("/indicators/"), PartKind::kIndicator}, {"/programmes/", PartKind::kProgramme}}) {
      if (!pointer.starts_with(start)) continue;
      std::string_view rest = pointer.substr(start.size());
      std::size_t index = std::size_t(std::atoi(std::string(rest).c_str()));
      auto slash = rest.find('/');
      std::string path(slash == rest.npos ? "" : rest.substr(slash + 1));
      if (kind == PartKind::kIndicator && index < base_.indicators.size()) return {{kind, base_.indicators[index].number}, path};
      if (kind == PartKind::kProgramme && index < base_.programmes.size()) return {{kind, base_.programmes[index].number}, path};
    }
    return {{PartKind::kHeader, ""}, std::string(pointer.substr(pointer.starts_with('/') ? 1 : 0))};
  }

  void gather() {
    for (const auto& [index, l, where] : changed_) {
      const auto& field = layout_.fields[index];
      Shown before = field.show(base_, l), after = field.show(out_.sheet, l);
      if (same_content(before.value, after.value) && words_of(before) == words_of(after)) continue;
      auto words = [](const Shown& shown) { return words_of(shown) + (shown.note.empty() ? "" : " [" + shown.note + "]"); };
      out_.cells.push_back({where, field.place.what, words(before), words(after), field.place.part, field.place.path});
    }
  }

  struct Changed {
    std::size_t field;
    Language language;
    std::string where;
  };
  const document::Workbook& book_;
  const Sheet& base_;
  SheetLayout layout_;
  std::vector<FormOfFile> forms_;
  std::map<std::size_t, std::pair<Language, std::string>> taken_;
  std::vector<Changed> changed_;
  std::vector<Fault> faults_;
  ReadSheet out_;
};

Result<PartBase> read_part(const document::Sheet& sheet, std::uint32_t row) {
  auto kind = part_from(plain_at(sheet, {row, 0}));
  PartBase part{{kind.value_or(PartKind::kHeader), plain_at(sheet, {row, 1})}, 0, plain_at(sheet, {row, 3})};
  const auto* revision = sheet.find({row, 2});
  const auto* number = revision ? std::get_if<double>(&revision->value) : nullptr;
  bool numbered = part.key.kind == PartKind::kHeader ? part.key.number.empty() : valid_part_number(part.key.number);
  if (!kind || !numbered || !number || *number < 1 || *number > 1e9 || std::trunc(*number) != *number ||
      part.digest.size() != kDigestLetters)
    return no_keys();
  part.revision = std::int64_t(*number);
  return part;
}

}  // namespace

Result<MadeFrom> read_made_from(const document::Workbook& book) {
  for (const auto& sheet : book.sheets) {
    const auto* mark = text_at(sheet, {0, 0});
    if (!mark || *mark != kMadeFrom) continue;
    if (plain_at(sheet, {0, 1}) != std::to_string(kFormVersion))
      return Error{Code::kInvalid,
                   "sheet_file.another_version",
                   {"別の版の Musubi が作ったファイルです。表のページからダウンロードし直してください。",
                    "Another version of Musubi made this file. Download the sheet again."},
                   {}};
    MadeFrom out{plain_at(sheet, {1, 1}), plain_at(sheet, {2, 1}), {}};
    for (std::uint32_t row = 3; sheet.find({row, 0}); ++row) {
      if (out.parts.size() == kMostParts) return no_keys();
      out.parts.push_back(TRY(read_part(sheet, row)));
    }
    if (!valid_plan_id(out.sheet) || out.parts.empty()) return no_keys();
    return out;
  }
  return no_keys();
}

Result<ReadSheet> read_sheet_workbook(const document::Workbook& book, const Sheet& base) { return WorkbookReader(book, base).run(); }

std::string cell_of(const ReadSheet& read, const PartKey& part, std::string_view path) {
  std::string_view rest = path.substr(path.starts_with('/') ? 1 : 0);
  for (std::string_view key = rest; !key.empty(); key = key.substr(0, key.rfind('/') == key.npos ? 0 : key.rfind('/')))
    if (auto found = read.places.find({part, std::string(key)}); found != read.places.end()) return found->second;
  std::string place(part_word(part.kind));
  if (!part.number.empty()) place += "/" + part.number;
  return rest.empty() ? place : place + "/" + std::string(rest);
}

}  // namespace musubi::kpi
