// Containers made by hand, for tests of reading.
#pragma once

#include <zip.h>

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace musubi::document {

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::string zipped(const Parts& parts, const char* password = nullptr) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(memory);
  zip_t* archive = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
  CHECK(archive);
  for (const auto& [name, bytes] : parts) {
    const auto index =
        zip_file_add(archive, name.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0), ZIP_FL_ENC_UTF_8);
    CHECK(index >= 0);
    if (password) CHECK(zip_file_set_encryption(archive, zip_uint64_t(index), ZIP_EM_AES_128, password) == 0);
  }
  CHECK(zip_close(archive) == 0);
  zip_stat_t about;
  CHECK(zip_source_stat(memory, &about) == 0 && zip_source_open(memory) == 0);
  std::string all(about.size, '\0');
  CHECK(zip_source_read(memory, all.data(), all.size()) == zip_int64_t(all.size()));
  zip_source_close(memory);
  zip_source_free(memory);
  return all;
}

inline constexpr const char* kMain = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
inline constexpr const char* kStrictMain = "http://purl.oclc.org/ooxml/spreadsheetml/main";

// A workbook of one sheet, "様式1", whose parts stand at unusual places: the smallest that a program may write.
struct Handmade {
  std::string space = kMain;
  std::string relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  std::string workbook = "";  // before <sheets>
  std::string sheets = "<sheet name=\"様式1\" sheetId=\"7\" r:id=\"rId9\"/>";
  std::string sheet = "<sheetData/>";
  std::string strings = "";  // <si> elements
  std::string styles = "";   // inside <styleSheet>
  std::string sheet_target = "/data/first.xml";
  std::string content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";

  Parts parts() const {
    const std::string of = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">";
    auto relation = [&](const char* id, const std::string& type, const std::string& target) {
      return "<Relationship Id=\"" + std::string(id) + "\" Type=\"" + relations + "/" + type + "\" Target=\"" + target + "\"/>";
    };
    const std::string main = " xmlns=\"" + space + "\"";
    return {{"[Content_Types].xml",
             "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/book/wb.xml\" "
             "ContentType=\"" +
                 content_type + "\"/></Types>"},
            {"_rels/.rels", of + relation("a", "officeDocument", "book/wb.xml") + "</Relationships>"},
            {"book/wb.xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<workbook" + main + " xmlns:r=\"" + relations + "\">" +
                                workbook + "<sheets>" + sheets + "</sheets></workbook>"},
            {"book/_rels/wb.xml.rels", of + relation("rId9", "worksheet", sheet_target) +
                                           relation("rId1", "sharedStrings", "../book/./st.xml") +
                                           relation("rId2", "styles", "fm.xml") + "</Relationships>"},
            {"book/st.xml", "<sst" + main + ">" + strings + "</sst>"},
            {"book/fm.xml", "<styleSheet" + main + ">" + styles + "</styleSheet>"},
            {"data/first.xml", "<worksheet" + main + ">" + sheet + "</worksheet>"}};
  }
  std::string bytes() const { return zipped(parts()); }
};

}  // namespace musubi::document
