// Taking over a register from a file: CSV in UTF-8, a line a person, every line checked before anything is entered.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/transaction.h"
#include "identity/residents.h"

namespace musubi::identity {

inline constexpr std::size_t kFileBytesAtMost = 64 << 20;
inline constexpr std::size_t kFilePersonsAtMost = 100'000;

struct FilePerson {
  std::size_t line = 0;  // of the file, from 1
  Resident person;       // without code and household
};

// The first line names the columns, in any order: household (any key: those of one key live together), relation, family, given,
// family_kana, given_kana, birth_date, sex, postal_code, prefecture, municipality, street, since, and perhaps building,
// insurance, child_allowance. Days as ISO dates or in an era. Households in the order of the file, the head of each first.
// Errors: residents.bad_file, where `where` of each fault is the line and its sentence begins with the column.
Result<std::vector<FilePerson>> read_residents_file(std::string_view csv);

struct FileEntered {
  std::size_t persons = 0, households = 0;
};
// Enters them all in the transaction of the caller, or nobody: somebody who is on the register already (name, day of birth and address
// agree) is a fault of their line, so a file given twice enters nobody twice. Errors: as above, those of enter_residents.
Result<FileEntered> enter_residents_file(db::Transaction& tx, const std::vector<FilePerson>& persons, std::string_view actor);

}  // namespace musubi::identity
