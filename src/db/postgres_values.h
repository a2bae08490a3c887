// Values in PostgreSQL's binary form.
#pragma once

#include <string>

#include "base/result.h"
#include "db/value.h"

namespace musubi::db {

unsigned type_of(const Value& value);                         // OID; 0 for NULL: the server infers it
std::string encode(const Value& value);                       // not for NULL
Result<Value> decode(unsigned type, std::string_view bytes);  // db.failed: a type that Musubi's SQL must not give

}  // namespace musubi::db
