// The sentences of db: what happened and what to do, in both languages.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace musubi::db {

Error failed(std::string_view why);                                    // db.failed
Error full(std::string_view why);                                      // db.full
Error corrupt(std::string_view why);                                   // db.corrupt
Error constraint(std::string_view why);                                // db.constraint
Error bad_text();                                                      // db.bad_text: not UTF-8, or with NUL
Error bad_token();                                                     // db.bad_token
Error busy(std::size_t limit);                                         // db.busy
Error readers_in_the_way();                                            // db.busy
Error refusing(const Error& cause);                                    // db.refusing
Error stopping();                                                      // db.refusing, when the store is being closed
Error locked(const std::string& directory, std::string_view pid);      // db.locked
Error newer(const std::string& what);                                  // db.newer
Error older(const std::string& what);                                  // db.older
Error bad_id(std::string_view id);                                     // org.bad_id
Error unknown(std::string_view id);                                    // org.unknown
Error exists(std::string_view id);                                     // org.exists
Error not_ours(const std::string& path, std::string_view why);         // backup.not_ours
Error file_exists_already(const std::string& path);                    // file.exists
Error file_unwritable(const std::string& path, std::string_view why);  // file.unwritable

}  // namespace musubi::db
