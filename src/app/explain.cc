#include "app/explain.h"

#include <array>
#include <cstring>

#include "app/commands.h"

namespace musubi::app {
namespace {

constexpr std::array kAll = std::to_array<Explanation>({
    {"app.busy", "別の Musubi がこのデータフォルダを使っています。書き込むコマンドは同時に動かせません。表示された PID に kill -TERM を送ると、処理中の要求を終えてから安全に止まります。",
     "Another Musubi uses this data directory, and two may not write to it. Send kill -TERM to the pid shown: it finishes what is in flight and stops cleanly."},
    {"app.no_data", "データフォルダがありません。--data か MUSUBI_DATA で場所を指定するか、musubi org create で作ります。",
     "There is no data directory. Name it with --data or MUSUBI_DATA, or make one with musubi org create."},
    {"backup.not_ours", "Musubi のバックアップではないか、壊れています。musubi backup が書いたファイルを指定してください。",
     "The file is no backup of Musubi, or it is damaged. Give a file that musubi backup wrote."},
    {"card.challenge_", "カードへの依頼が古いか、書き換えられているか、知らない組織のものです。元のページからやり直すか、musubi card trust で組織を加えてください。",
     "The request to the card is old, altered, or of an organisation the card does not trust. Start again from its page, or add it with musubi card trust."},
    {"card.locked", "暗証番号を続けて間違えました。窓口で解除番号を受け取り、musubi card unlock を実行してください。",
     "The PIN was wrong too often. Get the unlock code at the office and run musubi card unlock."},
    {"card.", "カードのファイルか暗証番号に問題があります。メッセージの示すとおりにしてください。", "Something is wrong with the card file or the PIN. Do what the message says."},
    {"checkpoint.", "チェックポイントの形が C2SP tlog-checkpoint に合いません。ファイルが途中で切れていないか、末尾の改行があるかを確かめてください。",
     "The checkpoint does not have the form of C2SP tlog-checkpoint. Check that the file is whole and ends with a newline."},
    {"cli.", "コマンドの呼び方が違います。musubi コマンド --help に使い方と例があります。", "The command was called wrongly. musubi COMMAND --help shows usage and an example."},
    {"config.", "設定の書き方が違います。musubi serve --help を見てください。", "A setting is written wrongly. See musubi serve --help."},
    {"crypto.key_exposed", "鍵ファイルを他の利用者が読めます。chmod 600 で直し、読まれた恐れがあれば musubi org key rotate で新しい鍵に替えてください。",
     "Other users can read a key file. Repair it with chmod 600; if it may have been read, change to a new key with musubi org key rotate."},
    {"crypto.", "鍵・証明書・署名のどれかが合いません。メッセージがどれかを示します。鍵の控えを戻すか、musubi doctor で調べてください。",
     "A key, certificate or signature does not fit; the message says which. Put a copy of the keys back, or look with musubi doctor."},
    {"db.busy", "書き込みの待ち行列がいっぱいです。少し待ってからやり直してください。続くなら負荷かディスクの遅さが原因です。",
     "The queue of writes is full. Try again in a moment. If it lasts, load or a slow disk is the cause."},
    {"db.corrupt", "データベースの内容が壊れています。musubi verify で場所を確かめ、バックアップから musubi restore してください。",
     "The database is damaged. Find the place with musubi verify, and restore from a backup with musubi restore."},
    {"db.full", "ディスクに空きがありません。空けてからやり直してください。書き込み済みの記録は失われていません。", "The disk is full. Make room and try again. Nothing that was acknowledged is lost."},
    {"db.locked", "別のプロセスがこのデータフォルダを使っています（app.busy を参照）。", "Another process uses this data directory (see app.busy)."},
    {"db.newer", "このデータは新しい版の Musubi が書きました。その版を使ってください。データは変えていません。", "A newer Musubi wrote this data. Use that version. Nothing was changed."},
    {"db.older", "このデータは古い版のものです。musubi serve を一度起動すると更新されます。", "This data is of an older version. Start musubi serve once, and it is brought up to date."},
    {"db.refusing", "ディスクの書き込みに失敗したため、新しい書き込みを拒んでいます（閲覧は続きます）。ディスクを調べ、Musubi を再起動してください。",
     "A write to the disk failed, so further writes are refused (reading goes on). Check the disk and restart Musubi."},
    {"db.", "データベースの操作に失敗しました。空き容量と権限を musubi doctor で調べてください。", "The database could not do it. Look at free space and permissions with musubi doctor."},
    {"erase.", "消去の命令に誤りがあり、何も消去していません。番号と根拠を確かめてください。", "The order of erasure has a fault, and nothing was erased. Check numbers and ground."},
    {"evidence.key_missing", "ログの署名鍵がありません。組織フォルダの keys を控えから戻してください。控えがなければ musubi restore で新しいログ名のもとに続けられます。",
     "The log's signing key is missing. Put the organisation's keys folder back from its copy. Without one, musubi restore goes on under a new log name."},
    {"evidence.not_yet", "その記録はまだチェックポイントに入っていません。一秒待ってやり直してください。", "No checkpoint covers that record yet. Try again in a second."},
    {"evidence.", "ログの操作ができません。番号や範囲を確かめてください。", "The log cannot do that. Check numbers and ranges."},
    {"file.", "ファイルを読み書きできません。場所・権限・空き容量を確かめてください。", "A file cannot be read or written. Check that it exists, its permissions and free space."},
    {"http.port_forbidden", "1024 より小さいポートには権限が要ります。--listen 127.0.0.1:8080 のように大きい番号を使い、手前に TLS のサーバーを置いてください。",
     "Ports below 1024 need privileges. Use a higher one, such as --listen 127.0.0.1:8080, with a TLS server in front."},
    {"http.port_taken", "そのポートは別のプログラムが使っています。止めるか、--listen 127.0.0.1:8081 のように別のポートを指定してください。",
     "Another program uses that port. Stop it, or choose another: --listen 127.0.0.1:8081."},
    {"http.", "要求の形が正しくありません。メッセージが場所を示します。", "The request is not well-formed. The message says where."},
    {"idempotency.reused", "同じ Idempotency-Key が別の内容に使われました。新しい内容には新しい鍵を使ってください。", "The same Idempotency-Key was used for another request. Use a new key for a new request."},
    {"identity.card_", "カードが使えない状態です（一時停止・紛失・期限切れ・失効など）。交付した窓口に問い合わせてください。",
     "The card cannot be used: suspended, lost, expired or revoked. Ask the office that issued it."},
    {"identity.challenge_", "カードの操作が途中で終わったか、時間が過ぎました。最初からやり直してください。", "The exchange with the card ended or took too long. Start again."},
    {"identity.csrf", "フォームの合言葉が合いません。ページを読み込み直して送り直してください。API では X-CSRF-Token に入れます。",
     "The form's token does not fit. Load the page again and send it once more. In an API call, send it as X-CSRF-Token."},
    {"identity.last_administrator", "管理者がいなくなる変更はできません。先に別の人を管理者に任命してください。", "No change may leave an organisation without an administrator. Appoint another first."},
    {"identity.link_", "サインイン用リンクは 24 時間、一度だけ使えます。管理者に頼むか、サーバーで musubi org link を実行して新しいものを受け取ってください。",
     "A sign-in link works once, within 24 hours. Ask an administrator for a new one, or run musubi org link on the server."},
    {"identity.not_allowed", "あなたの役割ではできません。管理者に頼んでください。", "Your role does not allow it. Ask an administrator."},
    {"identity.sign_in_needed", "サインインが必要です。パスワードはなく、一度だけ使えるリンクで入ります。", "You must be signed in. There is no password: you use a one-time link."},
    {"identity.", "組織・担当者の情報に誤りがあります。示された欄を直してください。", "What describes an organisation or officer has a fault. Correct the fields named."},
    {"json.", "JSON として読めません。示された行と列を直してください。", "The text is not JSON as RFC 8259 has it. Correct the line and column named."},
    {"kpi.", "指標や手続の流れの指定が正しくありません。メッセージの示すとおりに直してください。", "What is asked of indicators or processes does not fit. Do what the message says."},
    {"org.", "組織の名前が使えないか、登録されていません。musubi org list で確かめてください。", "The organisation's name cannot be used or is not known. See musubi org list."},
    {"pack.", "パックに誤りがあります。musubi pack check がすべてを行番号つきで示します。", "The pack has faults. musubi pack check names them all, with lines."},
    {"plan_text.", "文書の文字を計画として読めません。UTF-8 の文字だけのファイルか、施策の行があるかを確かめてください。", "The text cannot be read as a plan. Check that it is plain UTF-8 and has lines of measures."},
    {"plan.", "計画の操作ができません。メッセージの示すとおりに直し、もう一度行ってください。", "The plan cannot be changed so. Do what the message says and try again."},
    {"receipt.", "受領証が検証できません。ファイルが完全か、検証鍵がそのログのものかを確かめてください。どちらも正しいなら、記録か受領証が改変されています。",
     "The receipt does not verify. Check that the file is whole and that the key is the log's. If both are right, record or receipt was altered."},
    {"restore.", "バックアップから再開できません。メッセージが理由を示します。", "It cannot go on from the backup. The message says why."},
    {"table.", "並べ替えや絞り込みの指定が正しくありません。", "The sorting or filters asked for do not exist."},
    {"trust.clock_backwards", "時計が巻き戻っています。時刻同期（NTP）を直すまでタイムスタンプは発行されません。ほかの機能は続きます。",
     "The clock went backwards. No stamps are issued until its synchronisation (NTP) is repaired. Everything else goes on."},
    {"trust.keys_missing", "組織の鍵がありません。控えを keys フォルダに戻してください。", "The organisation's keys are missing. Put their copy back into the keys folder."},
    {"trust.", "鍵またはタイムスタンプの操作ができません。", "Keys or time-stamps cannot be used so."},
    {"verify.", "検証で合わないものが見つかりました。示された記録・行を、控えておいたチェックポイントとバックアップで調べてください。",
     "Verification found something that does not fit. Examine the record or row named, with a checkpoint held elsewhere and a backup."},
});

}  // namespace

std::span<const Explanation> explanations() { return kAll; }

const Explanation* explain(std::string_view name) {
  const Explanation* best = nullptr;
  for (const auto& each : kAll) {
    bool prefix = each.name.ends_with('.') || each.name.ends_with('_');
    if (name != each.name && !(prefix && name.starts_with(each.name))) continue;
    if (!best || each.name.size() > best->name.size()) best = &each;
  }
  return best;
}

int run_explain(const Invocation& invocation) {
  if (invocation.words.empty()) {
    for (const auto& each : kAll) print(std::string(each.name) + (each.name.ends_with('.') || each.name.ends_with('_') ? "*" : ""));
    return kGood;
  }
  const std::string& name = invocation.words[0];
  if (const auto* found = explain(name)) {
    print(name + "\n  " + std::string(invocation.ja() ? found->ja : found->en));
    return kGood;
  }
  return fail({Code::kNotFound, "cli.unknown_code",
               {"「" + name + "」というコードはありません。一覧：musubi explain", "There is no code \"" + name + "\". All codes: musubi explain"}, {}},
              invocation.config.language);
}

}  // namespace musubi::app
