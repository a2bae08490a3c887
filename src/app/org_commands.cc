// org create, list, officers, link, key list/rotate/retire; erase.

#include "app/commands.h"
#include "app/report.h"
#include "app/serving.h"
#include "app/value_checks.h"
#include "evidence/log.h"
#include "evidence/view.h"
#include "identity/pages.h"
#include "text/dates.h"

namespace musubi::app {
namespace {

std::string actor_of(const Invocation& invocation) { return invocation.get("actor", "operator"); }

// Opens, finds the organisation of the first word, and calls `act`; prints its error.
template <class F>
int with_organisation(const Invocation& invocation, Opening opening, F&& act) {
  auto run = [&]() -> Result<int> {
    auto installation = TRY(Installation::open(invocation.config, opening));
    auto database = TRY(installation->store().organisation(invocation.words[0]));
    return act(*installation, *database);
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

Error link_beside_server(Error busy, const Invocation& invocation) {
  std::string server = expected_url(invocation.config), page = server + "/" + invocation.words[0] + "/office/officers";
  busy.message.ja +=
      "\n  動いているサーバーでは、管理者が " + page +
      " で担当者を選び、「サインイン用リンクを発行する」を押せば発行できます（サーバーの起動時に出たアドレスが違うときは、" + server +
      " をそれに替えてください）。管理者が誰も入れないときだけ、サーバーを"
      "止めてこのコマンドを使ってください。";
  busy.message.en += "\n  While it runs, an administrator makes a link at " + page +
                     ": choose the officer, press \"Make a sign-in link\". If the server printed another address when it "
                     "started, put that in place of " +
                     server +
                     ". Only when no "
                     "administrator can get in, stop the server and give this command.";
  return busy;
}

// How many of the records still have their body.
Result<std::size_t> bodies_there(db::Reader& reader, std::span<const std::uint64_t> records) {
  std::size_t count = 0;
  for (auto index : records) {
    auto record = TRY(evidence::find_record(reader, index));
    if (record && record->body) ++count;
  }
  return count;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

int run_org_create(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto installation = TRY(Installation::open(invocation.config, Opening::kServe));
    NewOrganisation wanted{invocation.words[0],
                           {invocation.get("kind", "municipality"), {invocation.get("title-ja"), invocation.get("title-en")}},
                           invocation.get("origin"),
                           invocation.get("administrator", invocation.ja() ? "管理者" : "Administrator")};
    auto first = TRY(installation->create_organisation(wanted));
    std::string url = expected_url(invocation.config);
    std::string address = identity::link_address(url, wanted.id, first.token);
    TRY(installation->keep_first_sign_in(wanted.id, address));
    print(invocation.ja() ? "組織 " + wanted.id + " を作りました。最初の管理者：" + first.officer.code
                          : "Made organisation " + wanted.id + ". First administrator: " + first.officer.code);
    print(invocation.ja() ? "  次に：musubi serve --data " + invocation.config.data
                          : "  Next: musubi serve --data " + invocation.config.data);
    print((invocation.ja() ? "  それから一度だけ使えるリンクを開く（24 時間）："
                           : "  Then open this link, which works once within 24 hours: ") +
          address);
    print((invocation.ja() ? "  リンクは次のファイルにもあります：" : "  It also stands in ") +
          installation->first_sign_in_path(wanted.id));
    return kGood;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_org_list(const Invocation& invocation) {
  auto run = [&]() -> Result<int> {
    auto installation = TRY(Installation::open(invocation.config, Opening::kRead));
    json::array all;
    for (const auto& id : TRY(installation->store().organisations())) {
      Text title = installation->title(id);
      if (invocation.has("json"))
        all.push_back(json::object{{"id", id}, {"title", {{"ja", title.ja}, {"en", title.en}}}});
      else
        print(padded(id, 24) + (invocation.ja() ? title.ja : title.en));
    }
    if (invocation.has("json")) print(json::serialize(all));
    return kGood;
  };
  auto code = run();
  return code.ok() ? *code : fail(code.error(), invocation.config.language);
}

int run_org_officers(const Invocation& invocation) {
  return with_organisation(invocation, Opening::kRead, [&](Installation&, db::Database& database) -> Result<int> {
    json::array all;
    for (const auto& officer : TRY(database.read([](db::Reader& reader) { return identity::officers(reader); }))) {
      std::string role(identity::role_word(officer.role));
      if (invocation.has("json")) {
        all.push_back(json::object{{"code", officer.code},
                                   {"name", officer.name ? json::value(*officer.name) : json::value()},
                                   {"role", role},
                                   {"active", officer.active},
                                   {"appointed_at", officer.appointed_at.rfc3339()}});
        continue;
      }
      std::string state = officer.active ? "" : invocation.ja() ? "  停止" : "  deactivated";
      print(officer.code + "  " + padded(role, 14) + officer.name.value_or(invocation.ja() ? "（消去済み）" : "(erased)") + state);
    }
    if (invocation.has("json")) print(json::serialize(all));
    return kGood;
  });
}

int run_org_link(const Invocation& invocation) {
  // Beside a running server the page does it: that process alone writes, and one-time links are nothing to wait for.
  auto may_write = Installation::open(invocation.config, Opening::kServe);
  if (!may_write.ok() && may_write.error().name == "app.busy")
    return fail(link_beside_server(may_write.error(), invocation), invocation.config.language);
  if (may_write.ok()) may_write->reset();
  return with_organisation(invocation, Opening::kServe, [&](Installation& installation, db::Database& database) -> Result<int> {
    std::string url = expected_url(invocation.config);
    if (invocation.words.size() == 1) {
      print(TRY(administrator_link(installation, invocation.words[0], url, false)));
    } else {
      auto token = TRY(database.write([&](db::Transaction& tx) {
        return identity::make_link(tx, invocation.words[1], installation.clock().now(), actor_of(invocation));
      }));
      print(identity::link_address(url, invocation.words[0], token));
    }
    return kGood;
  });
}

int run_key_list(const Invocation& invocation) {
  return with_organisation(invocation, Opening::kRead, [&](Installation&, db::Database& database) -> Result<int> {
    json::array all;
    auto rows = TRY(database.read([](db::Reader& reader) {
      return reader.query("SELECT key_id, status, since, verifier_key FROM evidence_key ORDER BY since DESC, key_id LIMIT 1000");
    }));
    for (const auto& row : rows) {
      auto* since_us = std::get_if<std::int64_t>(&row.at(2));
      bool texts = true;
      for (std::size_t column : {0, 1, 3}) texts = texts && std::holds_alternative<std::string>(row.at(column));
      if (!since_us || !texts)
        return evidence::damaged(
            {"evidence_key の列の型が変わっています。", "A column of evidence_key has another type than it must have."});
      std::string since = Time{*since_us}.rfc3339();
      if (invocation.has("json"))
        all.push_back(json::object{{"key_id", row.text(0)}, {"status", row.text(1)}, {"since", since}, {"verifier_key", row.text(3)}});
      else
        print(row.text(0) + "  " + padded(row.text(1), 8) + "  " + text::iso_date(text::jst_date(Time{*since_us})) + "  " +
              row.text(3));
    }
    if (invocation.has("json")) print(json::serialize(all));
    return kGood;
  });
}

int run_key_rotate(const Invocation& invocation) {
  return with_organisation(invocation, Opening::kServe, [&](Installation& installation, db::Database& database) -> Result<int> {
    auto signer = TRY(trust::add_log_key(trust::keys_folder(invocation.config.data, invocation.words[0])));
    TRY(database.write([&](db::Transaction& tx) { return evidence::Log::of(tx).announce_key(tx, signer, actor_of(invocation)); }));
    TRY(evidence::Log::of(database).keep_checkpoint());
    installation.forget_keys(invocation.words[0]);
    print(signer->verifier_key());
    print(invocation.ja()
              ? "  両方の鍵が署名します。しばらく後に古い鍵を廃止してください：musubi org key retire " + invocation.words[0] +
                    " KEY-ID"
              : "  Both keys sign now. After a while, retire the old one: musubi org key retire " + invocation.words[0] + " KEY-ID");
    return kGood;
  });
}

int run_key_retire(const Invocation& invocation) {
  return with_organisation(invocation, Opening::kServe, [&](Installation&, db::Database& database) -> Result<int> {
    const std::string& id = invocation.words[1];
    TRY(database.write([&](db::Transaction& tx) { return evidence::Log::of(tx).retire_key(tx, id, actor_of(invocation)); }));
    TRY(evidence::Log::of(database).keep_checkpoint());
    TRY(trust::shelve_log_key(trust::keys_folder(invocation.config.data, invocation.words[0]), id));
    print(invocation.ja() ? "鍵 " + id + " を廃止しました。検証鍵は今後も公開されます。"
                          : "Key " + id + " is retired. Its verifier key stays published.");
    return kGood;
  });
}

int run_erase(const Invocation& invocation) {
  return with_organisation(invocation, Opening::kServe, [&](Installation& installation, db::Database& database) -> Result<int> {
    auto records = TRY(record_numbers(invocation.get("record")));
    std::size_t there = TRY(database.read([&](db::Reader& reader) { return bodies_there(reader, records); }));
    std::string list = installation.erasure_list(invocation.words[0]);
    auto done = TRY(installation.erase(invocation.words[0], records, invocation.get("ground"), actor_of(invocation)));
    std::string index = std::to_string(done.index);
    print(invocation.ja() ? std::to_string(there) + " 件の本文を消去しました（記録 " + index + "）。消去リスト：" + list
                          : counted(there, "body", "bodies") + " erased (record " + index + "). Erasure list: " + list);
    if (std::size_t before = records.size() - there)
      print(invocation.ja() ? "  ほかの " + std::to_string(before) + " 件の本文は、すでに消去されていました。"
                            : "  " + counted(before, "other", "others") + " had been erased before.");
    print(invocation.ja()
              ? "  これより前のバックアップや、ディスク・PostgreSQL のスナップショットと WAL "
                "の控えには残っています。それぞれの期限で捨ててください。"
              : "  Backups made before, and snapshots of the disk or archived WAL of PostgreSQL, still hold them: let them run out.");
    return kGood;
  });
}

}  // namespace musubi::app
