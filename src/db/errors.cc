#include "db/errors.h"

namespace musubi::db {
namespace {

Error make(Code code, const char* name, std::string ja, std::string en) {
  return Error{code, name, {std::move(ja), std::move(en)}, {}};
}

}  // namespace

Error failed(std::string_view why) {
  std::string w(why);
  return make(Code::kIo, "db.failed",
              "データベースの操作に失敗し、何も保存されませんでした（" + w +
                  "）。もう一度お試しください。続く場合は運用担当者がログを確認してください。",
              "The database could not do this and nothing was saved (" + w +
                  "). Try again; if it goes on, the operator should look at the log.");
}

Error full(std::string_view why) {
  std::string w(why);
  return make(
      Code::kUnavailable, "db.full",
      "保存先の空き容量がないため、何も保存されませんでした（" + w + "）。空き容量を増やしてから、もう一度お試しください。",
      "There is no space left to store this and nothing was saved (" + w + "). Free space on the data volume, then try again.");
}

Error corrupt(std::string_view why) {
  std::string w(why);
  return make(Code::kCorrupt, "db.corrupt",
              "データベースが壊れています（" + w +
                  "）。Musubi を止め、壊れたものを別の場所へ移し（データフォルダの ORG/musubi.db と -wal、-shm。PostgreSQL "
                  "ではスキーマ musubi_ORG の名前を変更。鍵のフォルダ keys はそのまま）、`musubi restore ORG FILE` "
                  "でバックアップから復元してください。",
              "The database is damaged (" + w +
                  "). Stop Musubi, move the damaged one elsewhere (ORG/musubi.db in the data directory with its -wal and -shm; on "
                  "PostgreSQL rename the schema musubi_ORG; the folder keys stays), and restore it from a backup with "
                  "`musubi restore ORG FILE`.");
}

Error constraint(std::string_view why) {
  std::string w(why);
  return make(
      Code::kConflict, "db.constraint",
      "すでに保存されている内容と両立しないため、保存されませんでした（" + w + "）。最新の内容を読み直してからお試しください。",
      "This contradicts what is already stored and was not saved (" + w + "). Read the latest state and try again.");
}

Error bad_text() {
  return make(Code::kInvalid, "db.bad_text", "UTF-8 でない文字、または文字番号 0 を含む文字列は保存できません。入力を直してください。",
              "Text that is not UTF-8, or that contains the character U+0000, cannot be stored. Correct the input.");
}

Error bad_token() {
  return make(
      Code::kInvalid, "db.bad_token",
      "検索語が長すぎるか、使えない文字を含みます。語を短くして（1,000 バイト、1 句 64 語まで）お試しください。",
      "A search word is too long or has characters that cannot be indexed. Use at most 1,000 bytes a word and 64 words a phrase.");
}

Error busy(std::size_t limit) {
  std::string n = std::to_string(limit);
  return make(Code::kUnavailable, "db.busy", "書き込み待ちが上限の " + n + " 件に達しています。数秒後にもう一度お試しください。",
              "The limit of " + n + " waiting writes is reached. Try again in a few seconds.");
}

Error readers_in_the_way() {
  return make(Code::kUnavailable, "db.busy",
              "長い読み取りが続いているため、消去の後始末が終わっていません。少し待ってからもう一度実行してください。",
              "A long read is going on, so the clean-up after the erasure is not finished. Wait a little and run it again.");
}

Error refusing(const Error& cause) {
  return make(Code::kUnavailable, "db.refusing",
              "前の書き込みを確実に保存できなかったため、書き込みを止めています。読み取りはできます。ディスクを確認してから Musubi "
              "を再起動してください。（原因: " +
                  cause.message.ja + "）",
              "An earlier write could not be made durable, so writing is stopped; reading goes on. Check the disk, then restart "
              "Musubi. (Cause: " +
                  cause.message.en + ")");
}

Error stopping() {
  return make(Code::kUnavailable, "db.refusing",
              "Musubi は終了処理中で、書き込みを受け付けていません。再起動後にもう一度お試しください。",
              "Musubi is shutting down and takes no more writes. Try again after the restart.");
}

Error locked(const std::string& directory, std::string_view pid) {
  std::string p(pid);
  return make(
      Code::kUnavailable, "db.locked",
      directory + " は別の Musubi（プロセス番号 " + p + "）が使っています。そちらを終了するか、別のディレクトリを指定してください。",
      directory + " is in use by another Musubi (process " + p + "). Stop that one, or choose another directory.");
}

Error newer(const std::string& what) {
  return make(
      Code::kUnavailable, "db.newer",
      "このデータベースはより新しい版の Musubi で書かれています（" + what +
          "）。何も変更していません。その版以降の Musubi で開いてください。",
      "A newer version of Musubi wrote this database (" + what + "). Nothing was changed. Open it with that version or a later one.");
}

Error older(const std::string& what) {
  return {Code::kConflict,
          "db.older",
          {what + " は古い版の Musubi のデータです。この版で一度 musubi serve を起動すると更新されます。",
           what + " was written by an older Musubi. Start `musubi serve` of this version once: it brings the file up to date."},
          {}};
}

Error bad_id(std::string_view id) {
  std::string i(id);
  return make(Code::kInvalid, "org.bad_id",
              "組織 ID「" + i + "」は使えません。英小文字で始まる 2〜40 文字の英小文字・数字・「-」にしてください。",
              "\"" + i + "\" is no organisation id. Use 2 to 40 of a-z, 0-9 and '-', beginning with a letter.");
}

Error unknown(std::string_view id) {
  std::string i(id);
  return make(Code::kNotFound, "org.unknown", "組織「" + i + "」はありません。ID を確認してください。",
              "There is no organisation \"" + i + "\". Check the id.");
}

Error exists(std::string_view id) {
  std::string i(id);
  return make(Code::kConflict, "org.exists", "組織「" + i + "」はすでにあります。別の ID を選んでください。",
              "The organisation \"" + i + "\" exists already. Choose another id.");
}

Error not_ours(const std::string& path, std::string_view why) {
  std::string w(why);
  return make(Code::kInvalid, "backup.not_ours",
              path + " は Musubi のバックアップとして読めません（" + w + "）。`musubi backup` が作ったファイルを指定してください。",
              path + " cannot be read as a backup of Musubi (" + w + "). Give a file written by `musubi backup`.");
}

Error file_exists_already(const std::string& path) {
  return make(Code::kConflict, "file.exists", path + " はすでにあります。別の名前を指定してください。",
              path + " exists already. Choose another name.");
}

Error file_unwritable(const std::string& path, std::string_view why) {
  std::string w(why);
  return make(Code::kIo, "file.unwritable", path + " に書き込めません（" + w + "）。フォルダの有無と権限を確認してください。",
              path + " cannot be written (" + w + "). Check that its folder is there and may be written to.");
}

}  // namespace musubi::db
