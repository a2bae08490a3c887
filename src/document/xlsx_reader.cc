// read_xlsx: from the container to sheets in the order that people see.
#include <charconv>
#include <cmath>
#include <set>

#include "document/xlsx.h"
#include "document/xlsx_package.h"
#include "document/xlsx_sheet.h"

namespace musubi::document {
namespace {

using xml::Event;

struct Listed {
  Sheet sheet;
  std::string relationship;
};

std::optional<double> read_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Error macros_refused() {
  return {Code::kInvalid,
          "xlsx.macros",
          {"マクロを含むファイル（.xlsm）は受け取りません。Excel で「Excel ブック (.xlsx)」として保存し直してください。",
           "Files with macros (.xlsm) are not accepted. Save it in Excel as \"Excel Workbook (.xlsx)\"."},
          {}};
}

class WorkbookReader {
 public:
  WorkbookReader(Package package, const XlsxLimits& limits)
      : package_(std::move(package)), limits_(limits), reading_{.limits = limits_} {}
  Result<Workbook> read();

 private:
  Result<void> refuse_macros(const std::string& path);
  Result<void> workbook(const std::string& path);
  Result<void> sheet_listed(const xml::Reader& reader);
  Result<void> defined_name(xml::Reader& reader);
  Result<void> shared(const std::vector<Relationship>& relationships);
  Result<void> sheets(const std::vector<Relationship>& relationships);
  Result<void> properties(const std::string& path);

  Package package_;
  XlsxLimits limits_;
  Reading reading_;
  std::vector<Listed> listed_;
  Workbook all_;
};

const Relationship* of_type(const std::vector<Relationship>& all, std::string_view type) {
  for (const Relationship& each : all)
    if (each.type == type && !each.target.empty()) return &each;
  return nullptr;
}

// A renamed .xlsm still says what it is.
Result<void> WorkbookReader::refuse_macros(const std::string& path) {
  const std::string text = TRY(package_.part("[Content_Types].xml"));
  auto reader =
      TRY(xml::Reader::open(text, "[Content_Types].xml", {.bytes = 4 << 20, .depth = 8, .text_bytes = 4'096, .elements = 20'000}));
  for (auto event = TRY(reader.next()); event != Event::kFinished; event = TRY(reader.next())) {
    if (event != Event::kStart || reader.local() != "Override") continue;
    const std::string_view type = reader.attribute("ContentType").value_or("");
    if (type.find("macroEnabled") != std::string_view::npos || type.find("vbaProject") != std::string_view::npos)
      return macros_refused();
  }
  if (path.ends_with(".bin"))
    return Error{Code::kInvalid,
                 "xlsx.binary",
                 {"バイナリ形式（.xlsb）のファイルです。Excel で「Excel ブック (.xlsx)」として保存し直してください。",
                  "This is a file of the binary format (.xlsb). Save it in Excel as \"Excel Workbook (.xlsx)\"."},
                 {}};
  return {};
}

Result<void> WorkbookReader::sheet_listed(const xml::Reader& reader) {
  if (listed_.size() >= limits_.sheets) return too_many("シート", "sheets", limits_.sheets);
  Listed listed;
  listed.sheet.name = reader.attribute("name").value_or("");
  listed.sheet.hidden = reader.attribute("state").value_or("visible") != "visible";
  for (std::string_view space : {"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                                 "http://purl.oclc.org/ooxml/officeDocument/relationships"})
    if (const auto id = reader.attribute("id", space)) listed.relationship = *id;
  listed_.push_back(std::move(listed));
  return {};
}

// Names of one sheet and those that Excel makes for itself (print areas) are left out.
Result<void> WorkbookReader::defined_name(xml::Reader& reader) {
  const std::string name(reader.attribute("name").value_or(""));
  const bool of_sheet = reader.attribute("localSheetId").has_value();
  std::string refers = TRY(reader.text_inside());
  if (of_sheet || name.empty() || name.starts_with("_xlnm.")) return {};
  if (all_.names.size() >= limits_.names) return too_many("定義名", "defined names", limits_.names);
  all_.names[name] = std::move(refers);
  return {};
}

Result<void> WorkbookReader::workbook(const std::string& path) {
  const std::string text = TRY(package_.part(path));
  auto reader = TRY(xml::Reader::open(text, path, part_limits(limits_)));
  if (TRY(reader.next()) != Event::kStart || reader.local() != "workbook" || !is_sheet_space(reader.space()))
    return Error{Code::kInvalid,
                 "xlsx.not_xlsx",
                 {"Excel ブックではありません（Word や PowerPoint の文書など）。Excel ブック（.xlsx）を送ってください。",
                  "This is no Excel workbook (a Word or PowerPoint document, for one). Send an Excel workbook (.xlsx)."},
                 {}};
  for (auto event = TRY(reader.next()); event != Event::kFinished; event = TRY(reader.next())) {
    if (event != Event::kStart) continue;
    const std::string_view local = reader.local();
    if (!is_sheet_space(reader.space()))
      TRY(reader.skip());
    else if (local == "workbookPr")
      reading_.from_1904 = is_true(reader.attribute("date1904"));
    else if (local == "sheet")
      TRY(sheet_listed(reader));
    else if (local == "definedName")
      TRY(defined_name(reader));
    else if (local != "sheets" && local != "definedNames")
      TRY(reader.skip());
  }
  return {};
}

Result<void> WorkbookReader::shared(const std::vector<Relationship>& relationships) {
  if (const auto* strings = of_type(relationships, "sharedStrings"))
    TRY(read_shared_strings(TRY(package_.part(strings->target)), strings->target, reading_));
  if (const auto* styles = of_type(relationships, "styles"))
    TRY(read_styles(TRY(package_.part(styles->target)), styles->target, reading_));
  all_.styles = reading_.styles;
  return {};
}

Result<void> WorkbookReader::sheets(const std::vector<Relationship>& relationships) {
  std::set<std::string> names;
  for (Listed& each : listed_) {
    const Relationship* to = nullptr;
    for (const Relationship& one : relationships)
      if (one.id == each.relationship) to = &one;
    if (to && (to->type == "chartsheet" || to->type == "dialogsheet")) continue;
    if (each.sheet.name.empty() || each.sheet.name.size() > 255 || !names.insert(each.sheet.name).second) {
      const std::string name = shown(each.sheet.name);
      reading_.fault("sheets", {"シートの名前「" + name + "」が空か、長すぎるか、重なっています。",
                                "The name of a sheet (\"" + name + "\") is empty, too long, or stands twice."});
      continue;
    }
    if (!to || to->type != "worksheet" || to->target.empty() || !package_.has(to->target)) {
      reading_.fault(each.sheet.name,
                     {"シートの中身がファイルにありません。Excel で開いて修復し、保存し直してください。",
                      "The content of the sheet is not in the file. Open it in Excel, let it repair, and save it again."});
      continue;
    }
    TRY(read_sheet(TRY(package_.part(to->target)), to->target, reading_, each.sheet));
    all_.sheets.push_back(std::move(each.sheet));
  }
  return {};
}

Result<void> WorkbookReader::properties(const std::string& path) {
  const std::string text = TRY(package_.part(path));
  auto reader = TRY(xml::Reader::open(text, path, part_limits(limits_)));
  std::string name;
  for (auto event = TRY(reader.next()); event != Event::kFinished; event = TRY(reader.next())) {
    if (event != Event::kStart || reader.local() == "Properties") continue;
    if (reader.local() == "property") {
      name = reader.attribute("name").value_or("");
      continue;
    }
    const std::string type(reader.local());
    std::string value = TRY(reader.text_inside());
    if (name.empty() || value.size() > 4'096) continue;
    if (all_.properties.size() >= limits_.names) return too_many("プロパティ", "properties", limits_.names);
    if (type == "bool")
      all_.properties[name] = is_true(value);
    else if (type == "lpwstr" || type == "lpstr" || type == "bstr" || type == "filetime" || type == "date")
      all_.properties[name] = std::move(value);
    else if (auto number = read_double(value))
      all_.properties[name] = *number;
    name.clear();
  }
  return {};
}

Result<Workbook> WorkbookReader::read() {
  const auto root = TRY(package_.relationships(""));
  const auto* document = of_type(root, "officeDocument");
  if (!document || !package_.has(document->target)) return damaged_workbook("_rels/.rels");
  TRY(refuse_macros(document->target));
  TRY(workbook(document->target));
  const auto relationships = TRY(package_.relationships(document->target));
  TRY(shared(relationships));
  TRY(sheets(relationships));
  for (const char* type : {"custom-properties", "customProperties"})
    if (const auto* custom = of_type(root, type); custom && package_.has(custom->target)) TRY(properties(custom->target));
  if (all_.sheets.empty() && reading_.faults.empty()) reading_.fault("sheets", {"シートがありません。", "There is no sheet."});
  if (!reading_.faults.empty())
    return Error{Code::kInvalid,
                 "xlsx.invalid",
                 {"Excel ファイルに読めない所が " + std::to_string(reading_.faults.size()) + " か所あります。",
                  std::to_string(reading_.faults.size()) + " places of the workbook cannot be read."},
                 std::move(reading_.faults)};
  return std::move(all_);
}

}  // namespace

Result<Workbook> read_xlsx(std::string_view bytes, const XlsxLimits& limits) {
  return WorkbookReader(TRY(Package::open(bytes, limits)), limits).read();
}

}  // namespace musubi::document
