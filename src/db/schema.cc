// Reads the annotated SQL line by line. All faults of all files are collected before anything is returned.
#include "db/schema.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "db/sql_text.h"

namespace musubi::db {
namespace {

struct Annotation {
  int line = 0;
  TableKind kind = TableKind::kWorking;
  int version = 0;
  std::vector<std::string> key, columns;
};

// What the statements say about a table, to be compared with what its annotation says.
struct Declared {
  std::string where;
  std::set<std::string> columns;
  std::set<std::vector<std::string>> unique;
};

bool is_kind(std::string_view word, TableKind& kind) {
  if (word == "@evidenced")
    kind = TableKind::kEvidenced;
  else if (word == "@working")
    kind = TableKind::kWorking;
  else if (word == "@derived")
    kind = TableKind::kDerived;
  else if (word == "@log")
    kind = TableKind::kLog;
  else
    return false;
  return true;
}

class SchemaReader {
 public:
  void file(std::string_view module, const embedded::File& file);
  Result<Schema> finish();

 private:
  void fault(std::string ja, std::string en) {
    faults_.push_back({path_ + ":" + std::to_string(line_), {std::move(ja), std::move(en)}});
  }
  void line(std::string_view text);
  void comment(std::string_view text);
  void end_annotation();
  void annotate(std::string_view text);
  void evidenced(std::string_view rest, Annotation& annotation);
  void fulltext(std::string_view name);
  void statement(const std::string& sql);
  void create_table(const std::vector<std::string>& words, const std::string& sql);
  void alter_table(const std::vector<std::string>& words);
  bool evidenced_among(const std::vector<std::string>& touched);
  void definition(const std::string& text, Declared& declared);
  void keep(const std::string& name);
  void check_evidenced(const Table& table);
  bool has_prefix(std::string_view name) const;

  Schema schema_;
  std::vector<Fault> faults_;
  std::map<std::string, Declared> declared_;
  std::string module_, path_;
  int line_ = 0, last_number_ = 0;
  Migration migration_;
  std::string pending_, open_annotation_;
  int statement_line_ = 0, annotation_line_ = 0;
  std::optional<Annotation> annotation_;
};

bool SchemaReader::has_prefix(std::string_view name) const {
  return name.size() > module_.size() + 1 && name.substr(0, module_.size()) == module_ && name[module_.size()] == '_';
}

void SchemaReader::file(std::string_view module, const embedded::File& file) {
  if (module != module_) last_number_ = 0;
  module_ = module;
  path_ = std::string(module) + "/schema/" + std::string(file.path);
  line_ = 1;
  std::string_view name = file.path;
  bool named = name.size() > 8 && std::all_of(name.begin(), name.begin() + 3, [](char c) { return c >= '0' && c <= '9'; }) &&
               name[3] == '_' && name.ends_with(".sql");
  if (!named) return fault("ファイル名は 001_init.sql の形にしてください。", "Name the file like 001_init.sql.");
  migration_ = {std::string(module), std::stoi(std::string(name.substr(0, 3))), std::string(name.substr(4, name.size() - 8)), {}};
  if (migration_.number != last_number_ + 1)
    fault("番号は 001 から欠けも重なりもなく並べてください。", "Number the files from 001 without a gap or a repetition.");
  last_number_ = migration_.number;
  annotation_.reset();
  std::string_view rest = file.bytes;
  for (line_ = 1; !rest.empty(); ++line_) {
    auto end = rest.find('\n');
    line(rest.substr(0, end));
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  --line_;
  if (!trim(pending_).empty()) fault("最後の文が「;」で終わっていません。", "The last statement does not end with ';'.");
  end_annotation();
  if (annotation_) fault("注記の後に CREATE TABLE がありません。", "No CREATE TABLE follows the annotation.");
  pending_.clear();
  schema_.migrations.push_back(std::move(migration_));
}

void SchemaReader::line(std::string_view text) {
  text = trim(text);
  if (text.starts_with("--")) return comment(trim(text.substr(2)));
  text = trim(without_comment(text));
  if (text.empty()) return;
  end_annotation();
  if (trim(pending_).empty()) statement_line_ = line_;
  pending_ += text;
  pending_ += '\n';
  if (text.back() != ';') return;
  std::string sql(trim(pending_));
  pending_.clear();
  sql.pop_back();
  std::swap(line_, statement_line_);
  statement(sql);
  std::swap(line_, statement_line_);
}

void SchemaReader::comment(std::string_view text) {
  if (text.starts_with("@")) end_annotation();
  if (open_annotation_.empty() && !text.starts_with("@")) return;
  if (open_annotation_.empty()) annotation_line_ = line_;
  open_annotation_ += std::string(text) + " ";
  // @evidenced may go on in the next lines, until its columns are complete.
  auto columns = open_annotation_.find("columns(");
  bool complete = columns != std::string::npos && open_annotation_.find(')', columns) != std::string::npos;
  if (complete || !open_annotation_.starts_with("@evidenced")) end_annotation();
}

void SchemaReader::end_annotation() {
  if (open_annotation_.empty()) return;
  std::string whole = std::exchange(open_annotation_, {});
  std::swap(line_, annotation_line_);
  annotate(trim(whole));
  std::swap(line_, annotation_line_);
}

void SchemaReader::annotate(std::string_view text) {
  auto space = text.find(' ');
  std::string_view word = text.substr(0, space);
  std::string_view rest = space == text.npos ? std::string_view() : trim(text.substr(space));
  if (word == "@fulltext") return fulltext(rest.substr(0, rest.find(' ')));
  Annotation annotation{line_, TableKind::kWorking, 0, {}, {}};
  if (!is_kind(word, annotation.kind))
    return fault("注記「" + std::string(word) + "」はありません。", "There is no annotation \"" + std::string(word) + "\".");
  if (annotation_) fault("前の注記の後に CREATE TABLE がありません。", "No CREATE TABLE follows the annotation before this one.");
  if (annotation.kind == TableKind::kLog && module_ != "evidence")
    fault("@log は evidence だけが使えます。", "Only the module evidence may use @log.");
  if (annotation.kind == TableKind::kEvidenced) evidenced(rest, annotation);
  annotation_ = std::move(annotation);
}

void SchemaReader::evidenced(std::string_view rest, Annotation& annotation) {
  auto list = [&](std::string_view name) -> std::vector<std::string> {
    auto at = rest.find(std::string(name) + "(");
    if (at == rest.npos) return {};
    auto from = at + name.size() + 1;
    return split(rest.substr(from, rest.find(')', from) - from), ',');
  };
  std::size_t digits = 0;
  while (1 + digits < rest.size() && digits < 6 && std::isdigit(static_cast<unsigned char>(rest[1 + digits]))) ++digits;
  if (rest.starts_with("v") && digits > 0) annotation.version = std::stoi(std::string(rest.substr(1, digits)));
  annotation.key = list("key");
  annotation.columns = list("columns");
  if (annotation.version < 1 || annotation.key.empty() || annotation.columns.empty())
    fault("@evidenced v1 key(...) columns(...) の形にしてください。", "Write @evidenced v1 key(...) columns(...).");
}

void SchemaReader::fulltext(std::string_view name) {
  if (!is_name(name) || !has_prefix(name))
    return fault("全文索引の名前は「" + module_ + "_」で始めてください。",
                 "The name of a full-text index begins with \"" + module_ + "_\".");
  if (std::count(schema_.fulltexts.begin(), schema_.fulltexts.end(), name))
    return fault("全文索引が二度宣言されています。", "The full-text index is declared twice.");
  schema_.fulltexts.emplace_back(name);
  migration_.statements.push_back("@fulltext " + std::string(name));
}

void SchemaReader::statement(const std::string& sql) {
  migration_.statements.push_back(sql);
  auto words = sql_words(sql);
  auto is = [&](std::size_t i, std::string_view word) { return i < words.size() && upper(words[i]) == word; };
  if (is(0, "CREATE") && is(1, "TABLE")) return create_table(words, sql);
  auto touched = written_tables(sql);
  if (is(0, "ALTER") && is(1, "TABLE") && words.size() > 2) touched.push_back(words[2]);
  if (is(0, "DROP") && is(1, "TABLE")) touched.insert(touched.end(), words.begin() + 2, words.end());
  if (evidenced_among(touched)) return annotation_.reset();
  if (is(0, "CREATE") && is(1, "VIRTUAL"))
    fault("CREATE VIRTUAL TABLE は使えません。@fulltext を使ってください。", "CREATE VIRTUAL TABLE is not portable; use @fulltext.");
  if (is(0, "ALTER") && is(1, "TABLE")) return alter_table(words);
  if (is(0, "DROP") && is(1, "TABLE") && words.size() > 2) {
    std::erase_if(schema_.tables, [&](const Table& t) { return t.name == words.back(); });
    declared_.erase(words.back());
  }
  if (is(0, "CREATE") && is(1, "UNIQUE") && is(2, "INDEX")) {
    auto on = std::find_if(words.begin(), words.end(), [](const std::string& w) { return upper(w) == "ON"; });
    if (on != words.end() && on + 1 != words.end())
      if (auto found = declared_.find(*(on + 1)); found != declared_.end()) found->second.unique.insert({on + 2, words.end()});
  }
  if (annotation_) fault("注記の後は CREATE TABLE か ALTER TABLE です。", "CREATE TABLE or ALTER TABLE must follow the annotation.");
  annotation_.reset();
}

// Rows are held against the digest under which they were committed, over the columns that the table has today.
bool SchemaReader::evidenced_among(const std::vector<std::string>& touched) {
  for (std::string name : touched) {
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (auto* table = schema_.find(name); table && table->kind == TableKind::kEvidenced) {
      fault("@evidenced の表「" + name + "」は、移行で列も行も変えられません。新しい表を作ってください（docs/adr/0006）。",
            "No migration changes columns or rows of the @evidenced table \"" + name + "\": make a new table (docs/adr/0006).");
      return true;
    }
  }
  return false;
}

void SchemaReader::create_table(const std::vector<std::string>& words, const std::string& sql) {
  std::size_t at = 2;
  if (words.size() > 5 && upper(words[2]) == "IF") at = 5;
  std::string name = at < words.size() ? words[at] : "";
  if (!is_name(name) || !has_prefix(name))
    fault("表「" + name + "」の名前は「" + module_ + "_」で始めてください。",
          "The name of table \"" + name + "\" must begin with \"" + module_ + "_\".");
  if (declared_.count(name)) fault("表「" + name + "」が二度作られています。", "Table \"" + name + "\" is created twice.");
  Declared declared{path_ + ":" + std::to_string(line_), {}, {}};
  auto open = sql.find('('), close = sql.rfind(')');
  if (open == sql.npos || close == sql.npos || close < open) return fault("列がありません。", "There are no columns.");
  for (const std::string& part : split_top(std::string_view(sql).substr(open + 1, close - open - 1))) definition(part, declared);
  declared_[name] = std::move(declared);
  if (!annotation_)
    return fault("表「" + name + "」の前に種類（@evidenced, @working, @derived, @log）がありません。",
                 "Table \"" + name + "\" has no kind (@evidenced, @working, @derived, @log) before it.");
  keep(name);
}

void SchemaReader::alter_table(const std::vector<std::string>& words) {
  std::string name = words.size() > 2 ? words[2] : "";
  auto declared = declared_.find(name);
  if (declared == declared_.end()) return fault("表「" + name + "」はまだありません。", "There is no table \"" + name + "\" yet.");
  std::size_t at = words.size() > 4 && upper(words[4]) == "COLUMN" ? 5 : 4;
  bool add = words.size() > at && upper(words[3]) == "ADD", drop = words.size() > at && upper(words[3]) == "DROP";
  if (add)
    declared->second.columns.insert(words[at]);
  else if (drop)
    declared->second.columns.erase(words[at]);
  else
    fault("ALTER TABLE は ADD COLUMN と DROP COLUMN だけが使えます。", "Only ADD COLUMN and DROP COLUMN may be used in ALTER TABLE.");
  if (annotation_) keep(name);
}

// One part between the commas of CREATE TABLE: a column or a table constraint.
void SchemaReader::definition(const std::string& text, Declared& declared) {
  auto words = sql_words(text);
  if (words.empty()) return;
  std::size_t at = upper(words[0]) == "CONSTRAINT" ? 2 : 0;
  std::string first = at < words.size() ? upper(words[at]) : "";
  if (first == "FOREIGN" || first == "CHECK") return;
  if (first == "PRIMARY" || first == "UNIQUE") {
    auto open = text.find('('), close = text.find(')', open);
    if (open != text.npos && close != text.npos) {
      auto columns = split(std::string_view(text).substr(open + 1, close - open - 1), ',');
      declared.unique.insert(columns);
    }
    return;
  }
  declared.columns.insert(words[0]);
  for (std::size_t i = 1; i < words.size(); ++i)
    if (upper(words[i]) == "UNIQUE" || (upper(words[i]) == "PRIMARY" && i + 1 < words.size())) declared.unique.insert({words[0]});
}

void SchemaReader::keep(const std::string& name) {
  Table table{name, annotation_->kind, annotation_->version, annotation_->key, annotation_->columns};
  annotation_.reset();
  auto old = std::find_if(schema_.tables.begin(), schema_.tables.end(), [&](const Table& t) { return t.name == name; });
  if (old == schema_.tables.end()) {
    schema_.tables.push_back(std::move(table));
    return;
  }
  if (old->kind != table.kind) fault("表の種類は変えられません。", "The kind of a table cannot change.");
  *old = std::move(table);
}

void SchemaReader::check_evidenced(const Table& table) {
  const Declared& declared = declared_[table.name];
  auto say = [&](std::string ja, std::string en) { faults_.push_back({declared.where, {std::move(ja), std::move(en)}}); };
  if (!declared.columns.count("row_salt"))
    say("表「" + table.name + "」に row_salt BLOB NOT NULL がありません。",
        "Table \"" + table.name + "\" has no row_salt BLOB NOT NULL.");
  std::set<std::string> seen;
  for (const auto& column : table.columns) {
    if (!seen.insert(column).second) say("列「" + column + "」が二度書かれています。", "Column \"" + column + "\" is listed twice.");
    if (column == "row_salt")
      say("row_salt は columns に書けません。", "row_salt cannot be among the columns.");
    else if (!declared.columns.count(column))
      say("列「" + column + "」は表「" + table.name + "」にありません。",
          "Column \"" + column + "\" is not in table \"" + table.name + "\".");
  }
  for (const auto& column : declared.columns)
    if (column != "row_salt" && !seen.count(column))
      say("列「" + column + "」が columns にありません。", "Column \"" + column + "\" is missing from columns(...).");
  for (const auto& column : table.key)
    if (!seen.count(column))
      say("キー「" + column + "」が columns にありません。", "Key \"" + column + "\" is not among the columns.");
  if (!declared.unique.count(table.key))
    say("キーが PRIMARY KEY でも UNIQUE でもありません（列の順も同じにしてください）。",
        "The key is neither PRIMARY KEY nor UNIQUE (the columns in the same order).");
}

Result<Schema> SchemaReader::finish() {
  for (const Table& table : schema_.tables)
    if (table.kind == TableKind::kEvidenced) check_evidenced(table);
  if (faults_.empty()) return std::move(schema_);
  std::string list;
  for (const Fault& fault : faults_) list += "\n  " + fault.where + ": " + fault.message.en;
  return Error{
      Code::kInternal,
      "schema.malformed",
      {"スキーマに誤りがあります。示した行を直してください。" + list, "The schema has faults. Correct the lines shown." + list},
      std::move(faults_)};
}

}  // namespace

const Table* Schema::find(std::string_view table) const {
  for (const Table& t : tables)
    if (t.name == table) return &t;
  return nullptr;
}

Result<Schema> read_schema(std::span<const ModuleSchema> modules) {
  SchemaReader reader;
  for (const ModuleSchema& module : modules) {
    std::vector<embedded::File> files(module.files.begin(), module.files.end());
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    for (const embedded::File& file : files) reader.file(module.module, file);
  }
  return reader.finish();
}

}  // namespace musubi::db
