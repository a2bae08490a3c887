// The ZIP container of a workbook and what points where in it (ISO/IEC 29500-2). Over libzip. Nothing is believed of what the
// container says of sizes: what is read is counted.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "document/xlsx.h"

struct zip;

namespace musubi::document {

struct Relationship {
  std::string id;
  std::string type;    // the last word: "worksheet", of the transitional and the strict address
  std::string target;  // path inside the container, without a leading /; of an outside target ""
};

class Package {
 public:
  // The bytes must outlive the package. Errors: all of read_xlsx that need no look into the parts.
  static Result<Package> open(std::string_view bytes, const XlsxLimits& limits);

  bool has(std::string_view path) const;  // without regard to case
  // Errors: xlsx.damaged, xlsx.expands_too_much, xlsx.password.
  Result<std::string> part(std::string_view path);
  // Of a part; "" for the container itself. None where there is no such file.
  Result<std::vector<Relationship>> relationships(std::string_view path);

 private:
  explicit Package(const XlsxLimits& limits) : limits_(limits) {}
  Result<void> list();
  Result<void> refuse_others() const;

  struct Close {
    void operator()(zip* archive) const;
  };
  XlsxLimits limits_;
  std::unique_ptr<zip, Close> archive_;
  std::map<std::string, std::uint64_t> entries_;  // folded path -> index
  std::size_t packed_bytes_ = 0, expanded_bytes_ = 0;
};

Error damaged_workbook(std::string_view part);

}  // namespace musubi::document
