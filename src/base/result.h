// Result<T>: what can happen in the world, as a value. Every error a person can meet says what happened, where, and
// what to do next, in Japanese and English, and lists all faults at once (fields).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace musubi {

// One sentence in both languages.
struct Text {
  std::string ja;
  std::string en;
  bool operator==(const Text&) const = default;
};

enum class Code {
  kInvalid,          // the input is wrong: 422 (400 where the message itself cannot be read)
  kMalformed,        // the input cannot be read at all: 400
  kUnauthenticated,  // nobody is signed in: 401
  kForbidden,        // signed in, but not allowed: 403
  kNotFound,         // 404
  kConflict,         // the state changed meanwhile, or the same key was used for something else: 409
  kTooLarge,         // beyond a limit: 413
  kUnavailable,      // try again later: 503
  kCorrupt,          // stored data is damaged: 500
  kIo,               // the operating system or the database refused: 500
  kInternal,         // 500
};

// A fault at one place of the input. `where` is a JSON pointer ("/measures/3/title"), a form field name, or
// "file:line".
struct Fault {
  std::string where;
  Text message;
  bool operator==(const Fault&) const = default;
};

struct Error {
  Code code = Code::kInternal;
  std::string name;  // stable, dotted, lower case: "pack.duplicate_number"; `musubi explain` and problem types use it
  Text message;
  std::vector<Fault> faults;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    CHECK(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& {
    CHECK(!ok());
    return std::get<1>(state_);
  }
  Error&& error() && {
    CHECK(!ok());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok()); }
  const Error& error() const& {
    CHECK(!ok());
    return *error_;
  }
  Error&& error() && {
    CHECK(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace musubi

// auto x = TRY(f());  returns the error of f() from the enclosing function, or yields its value.
#define TRY(expression)                                           \
  ({                                                              \
    auto musubi_try_ = (expression);                              \
    if (!musubi_try_.ok()) return std::move(musubi_try_).error(); \
    std::move(musubi_try_).value();                               \
  })
