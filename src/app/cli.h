// The command line: a table of commands, each with its options, help that teaches, an example and exit codes. Parsing
// knows nothing of what commands do.
//
// Exit codes of every command: 0 done and good; 1 something was found wrong (a tampered record, a faulty pack, a refused
// act); 2 wrong call; 3 the environment is not as needed (port, disk, lock, keys, network).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace musubi::app {

inline constexpr int kGood = 0, kFoundWrong = 1, kUsage = 2, kEnvironment = 3;

// What speaks against a value, without saying where it stands.
using ValueCheck = Result<void> (*)(const std::string&);

struct OptionSpec {
  std::string_view name;   // "data"
  std::string_view value;  // "DIR"; empty: a switch
  std::string_view ja, en;
  bool required = false;
  ValueCheck check = nullptr;
};

struct Invocation {
  std::vector<std::string> words;  // after the command's name
  std::map<std::string, std::string, std::less<>> options;
  Config config;

  bool has(std::string_view option) const { return options.contains(option); }
  std::string get(std::string_view option, std::string otherwise = {}) const {
    auto found = options.find(option);
    return found == options.end() ? otherwise : found->second;
  }
  bool ja() const { return config.language == Language::ja; }
  const std::string& say(const Text& text) const { return ja() ? text.ja : text.en; }
};

struct Command {
  std::string_view name;              // "org create": one to three words
  std::string_view usage;             // "ORG --title-ja TEXT --title-en TEXT"
  std::string_view ja, en;            // one line
  std::string_view more_ja, more_en;  // what a newcomer needs to know, some lines
  std::string_view example;
  std::size_t words_at_least = 0, words_at_most = 0;
  std::span<const OptionSpec> options;
  int (*run)(const Invocation&) = nullptr;
  std::array<ValueCheck, 2> word_checks = {};  // of the first words
};

std::span<const Command> commands();  // in the order of the help
std::span<const OptionSpec> common_options();
std::vector<OptionSpec> options_of(const Command& command);  // its own, then the common ones that it does not have itself

struct Parsed {
  const Command* command = nullptr;
  Invocation invocation;
  bool help = false;
  std::string group = {};  // "org": help of the commands that begin so
};
// Errors: cli.unknown_command, cli.unknown_option, cli.missing_value, cli.words, those of config and of the checks in the table
// (Code::kInvalid); cli.faults where several are wrong at once.
Result<Parsed> parse_arguments(std::span<const std::string> arguments);

std::string help(Language language);                          // of all commands
std::string help(std::string_view group, Language language);  // of those that begin so: "org", "org key"
std::string help(const Command& command, Language language);  // of one
// The nearest of `names` by edit distance, if any is near.
std::optional<std::string> nearest(std::string_view given, std::span<const std::string_view> names);

int run(std::span<const std::string> arguments);

// What is wrong with a call, and where: told at once.
struct Wrong {
  std::string where;  // "--listen"
  Error error;
};
// One as it is, with its place; several as cli.faults, with the faults that each has. `wrong` is not empty.
Error all_of(const std::vector<Wrong>& wrong);

// Gives `otherwise` where `read` failed, and notes that.
template <class T>
T read_or(T otherwise, std::string where, Result<T> read, std::vector<Wrong>& wrong) {
  if (read.ok()) return std::move(*read);
  wrong.push_back({std::move(where), std::move(read).error()});
  return otherwise;
}

// Writes the error and its faults to standard error; returns the exit code that it stands for.
int fail(const Error& error, Language language);
void print(std::string_view line);  // standard output, with a newline, at once

}  // namespace musubi::app
