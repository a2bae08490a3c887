#include "document/xlsx_package.h"

#include <zip.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "xml/reader.h"

namespace musubi::document {
namespace {

constexpr std::string_view kDoJa = "Excel か LibreOffice で開き、「Excel ブック (.xlsx)」として保存し直してください。";
constexpr std::string_view kDoEn = " Open it in Excel or LibreOffice and save it as \"Excel Workbook (.xlsx)\".";

Error refused(std::string name, std::string_view ja, std::string_view en, Code code = Code::kInvalid) {
  return {code, std::move(name), {std::string(ja) + std::string(kDoJa), std::string(en) + std::string(kDoEn)}, {}};
}

Error expands_too_much(const std::string& what_ja, const std::string& what_en) {
  return {Code::kTooLarge,
          "xlsx.expands_too_much",
          {"ファイルを展開すると大きくなりすぎます（" + what_ja + "）。不要なシートや書式を消して保存し直してください。",
           "The file expands too much (" + what_en + "). Remove sheets and formats that are not needed and save it again."},
          {}};
}

std::string folded(std::string_view path) {
  std::string out;
  for (char c : path) out += c == '\\' ? '/' : c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
  return out.starts_with('/') ? out.substr(1) : out;
}

bool holds_utf16(std::string_view bytes, std::string_view word) {
  std::string wide;
  for (char c : word) wide += c, wide += '\0';
  return bytes.find(wide) != std::string_view::npos;
}

// What people send instead, told by its first bytes.
Error other_format(std::string_view bytes) {
  if (bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {  // compound file: old Excel, or a package under a password
    if (holds_utf16(bytes, "EncryptedPackage"))
      return refused("xlsx.password", "パスワードで保護されたファイルは読めません。パスワードを外してください。",
                     "A file under a password cannot be read. Remove the password.");
    return refused("xlsx.old_format", "古い形式（.xls）のファイルです。", "This is a file of the old format (.xls).");
  }
  std::string_view start = bytes.substr(0, 4096);
  if (start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
  start.remove_prefix(std::min(start.size(), start.find_first_not_of(" \t\r\n")));
  if (start.starts_with('<'))
    return refused("xlsx.not_xlsx", "HTML または XML のファイルで、Excel ブックではありません。",
                   "This is HTML or XML, not an Excel workbook.");
  if (start.starts_with("%PDF"))
    return refused("xlsx.not_xlsx", "PDF ファイルで、Excel ブックではありません。元の表を",
                   "This is a PDF, not an Excel workbook. Take the sheet that it was made from.");
  const bool text = !start.empty() && std::none_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
  if (text) return refused("xlsx.csv", "CSV などの文字だけのファイルです。", "This is a file of plain text, such as CSV.");
  return refused("xlsx.not_xlsx", "Excel ブック（.xlsx）ではありません。", "This is not an Excel workbook (.xlsx).");
}

// "../a/./b" beside "x/y.xml" -> "a/b"; from the root where it begins with "/".
std::string resolved(std::string_view base, std::string_view target) {
  std::vector<std::string_view> steps;
  auto walk = [&](std::string_view path) {
    while (!path.empty()) {
      const auto slash = path.find('/');
      const auto step = path.substr(0, slash);
      path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
      if (step == ".." && !steps.empty())
        steps.pop_back();
      else if (!step.empty() && step != "." && step != "..")
        steps.push_back(step);
    }
  };
  const auto folder = base.rfind('/');
  if (!target.starts_with('/') && folder != std::string_view::npos) walk(base.substr(0, folder));
  walk(target);
  std::string out;
  for (auto step : steps) out += (out.empty() ? "" : "/") + std::string(step);
  return out;
}

}  // namespace

Error damaged_workbook(std::string_view part) {
  return refused("xlsx.damaged", "ファイルが壊れています（" + std::string(part) + "）。",
                 "The file is damaged (" + std::string(part) + ").");
}

void Package::Close::operator()(zip* archive) const { zip_discard(archive); }

Result<Package> Package::open(std::string_view bytes, const XlsxLimits& limits) {
  if (bytes.size() > limits.bytes)
    return Error{
        Code::kTooLarge,
        "xlsx.too_large",
        {"ファイルが大きすぎます（上限 " + std::to_string(limits.bytes) + " バイト）。不要なシートを消すか、分けて送ってください。",
         "The file is too large (at most " + std::to_string(limits.bytes) +
             " bytes). Remove sheets that are not needed, or send it in parts."},
        {}};
  if (!bytes.starts_with("PK")) return other_format(bytes);
  Package package(limits);
  package.packed_bytes_ = bytes.size();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  zip_error_fini(&error);
  if (!archive) {
    if (source) zip_source_free(source);
    return damaged_workbook("ZIP");
  }
  package.archive_.reset(archive);
  TRY(package.list());
  TRY(package.refuse_others());
  return package;
}

Result<void> Package::list() {
  const auto count = zip_get_num_entries(archive_.get(), 0);
  if (count < 0 || std::size_t(count) > limits_.entries)
    return expands_too_much("中のファイルの数、上限 " + std::to_string(limits_.entries),
                            "number of files inside, at most " + std::to_string(limits_.entries));
  for (zip_uint64_t i = 0; i < zip_uint64_t(count); ++i) {
    const char* name = zip_get_name(archive_.get(), i, ZIP_FL_ENC_RAW);
    if (!name || !is_utf8(name)) continue;                                         // no part of a workbook is called so
    if (!entries_.emplace(folded(name), i).second) return damaged_workbook(name);  // two readers would see two workbooks
  }
  return {};
}

Result<void> Package::refuse_others() const {
  if (has("xl/vbaProject.bin"))
    return refused("xlsx.macros", "マクロを含むファイル（.xlsm）は受け取りません。", "Files with macros (.xlsm) are not accepted.");
  if (has("xl/workbook.bin"))
    return refused("xlsx.binary", "バイナリ形式（.xlsb）のファイルです。", "This is a file of the binary format (.xlsb).");
  if (has("[Content_Types].xml")) return {};
  if (has("content.xml") && has("mimetype"))
    return refused("xlsx.open_document", "OpenDocument 形式（.ods など）のファイルです。", "This is an OpenDocument file (.ods).");
  return refused("xlsx.not_xlsx", "Excel ブック（.xlsx）ではない ZIP ファイルです。",
                 "This is a ZIP file, but no Excel workbook (.xlsx).");
}

bool Package::has(std::string_view path) const { return entries_.contains(folded(path)); }

Result<std::string> Package::part(std::string_view path) {
  const auto found = entries_.find(folded(path));
  if (found == entries_.end()) return damaged_workbook(path);
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_stat_index(archive_.get(), found->second, 0, &about) != 0) return damaged_workbook(path);
  if ((about.valid & ZIP_STAT_ENCRYPTION_METHOD) && about.encryption_method != ZIP_EM_NONE)
    return refused("xlsx.password", "暗号化された ZIP ファイルは読めません。パスワードを外してください。",
                   "An encrypted ZIP file cannot be read. Remove the password.");
  std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen_index(archive_.get(), found->second, 0), zip_fclose);
  if (!file) return damaged_workbook(path);
  const std::size_t packed =
      std::min<std::size_t>((about.valid & ZIP_STAT_COMP_SIZE) ? about.comp_size : packed_bytes_, packed_bytes_);
  std::string all;
  std::array<char, 1 << 16> chunk;
  for (;;) {
    const auto got = zip_fread(file.get(), chunk.data(), chunk.size());
    if (got < 0) return damaged_workbook(path);
    if (got == 0) break;
    all.append(chunk.data(), std::size_t(got));
    expanded_bytes_ += std::size_t(got);
    if (expanded_bytes_ > limits_.expanded_bytes)
      return expands_too_much("上限 " + std::to_string(limits_.expanded_bytes) + " バイト",
                              "at most " + std::to_string(limits_.expanded_bytes) + " bytes");
    if (all.size() > (1 << 20) && all.size() / limits_.ratio > packed)
      return expands_too_much("圧縮の " + std::to_string(limits_.ratio) + " 倍を超えます",
                              "more than " + std::to_string(limits_.ratio) + " times its packed size");
  }
  return all;
}

Result<std::vector<Relationship>> Package::relationships(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string folder(slash == std::string_view::npos ? "" : path.substr(0, slash + 1));
  const std::string name = folder + "_rels/" + std::string(path.substr(folder.size())) + ".rels";
  std::vector<Relationship> all;
  if (!has(name)) return all;
  const std::string text = TRY(part(name));
  auto reader = TRY(xml::Reader::open(text, name, {.bytes = 4 << 20, .depth = 8, .text_bytes = 4'096, .elements = 20'000}));
  for (auto event = TRY(reader.next()); event != xml::Event::kFinished; event = TRY(reader.next())) {
    if (event != xml::Event::kStart || reader.local() != "Relationship") continue;
    const std::string_view type = reader.attribute("Type").value_or("");
    const bool outside = reader.attribute("TargetMode").value_or("") == "External";
    all.push_back({std::string(reader.attribute("Id").value_or("")), std::string(type.substr(type.rfind('/') + 1)),
                   outside ? std::string() : resolved(path, reader.attribute("Target").value_or(""))});
  }
  return all;
}

}  // namespace musubi::document
