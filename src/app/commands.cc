// The table of commands: names, options and help.

#include "app/commands.h"

#include <array>

#include "app/value_checks.h"

namespace musubi::app {
namespace {

constexpr OptionSpec kJson{"json", "", "結果を JSON で出力", "print the result as JSON"};
constexpr OptionSpec kPostgres{"postgres", "CONNINFO", "SQLite の代わりに使う PostgreSQL", "PostgreSQL to use instead of SQLite"};

constexpr std::array<OptionSpec, 3> kCommon = {{
    {"data", "DIR", "データフォルダ（既定 ./musubi-data）", "data directory (default ./musubi-data)"},
    {"lang", "ja|en", "メッセージの言語", "language of messages"},
    {"help", "", "この説明", "this text"},
}};
constexpr std::array<OptionSpec, 5> kServe = {{
    {"listen", "ADDR:PORT", "待ち受け先（既定 127.0.0.1:8080）", "where to listen (default 127.0.0.1:8080)"},
    {"base-url", "URL", "人がアクセスするアドレス（リンク、https の Cookie に使用）",
     "the address people use: for links and for https cookies"},
    {"card-agent", "URL", "住民のカードのソフトの場所（既定 http://127.0.0.1:8090、使わないときは none）",
     "where residents' card agent is (default http://127.0.0.1:8090; none: no cards)"},
    {"exchange-listen", "ADDR:PORT", "ほかの設置の機関からの照会を受ける TLS の待ち受け先（例 0.0.0.0:8443、既定はなし）",
     "where organisations of other installations reach these by TLS, e.g. 0.0.0.0:8443 (default: nowhere)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 5> kDemo = {{
    {"data", "DIR", "データフォルダ（既定 ./var/demo）", "data directory (default ./var/demo)"},
    {"listen", "ADDR:PORT", "最初の画面の待ち受け先（既定 127.0.0.1:8080、ポート 0 は空いている組）",
     "where the first pages listen (default 127.0.0.1:8080; port 0: any free ones)"},
    {"once", "", "公開せずに終える", "do everything, then exit instead of serving"},
    {"residents", "N", "町ごとの住民の数（50〜100000、既定 5000）", "residents of each town (50 to 100000, default 5000)"},
    {"days", "N", "さかのぼって作る日数（7〜3650、既定 365）", "days of work behind the towns (7 to 3650, default 365)"},
}};
constexpr std::array<OptionSpec, 5> kVerify = {{
    {"checkpoint", "FILE", "よそで保管していたチェックポイント（ログがその続きであること）",
     "a checkpoint kept elsewhere: the log must go on from it"},
    {"key", "VKEY", "信頼する検証鍵（既定：ログに記録された鍵）", "the verifier key to trust (default: those that the log recorded)"},
    {"online", "URL", "動いているサーバーが公開するもの（チェックポイント、タイル、葉の束、鍵）も照合（例 http://127.0.0.1:8080）",
     "also hold what a running server shows against the data: checkpoint, tiles, entry bundles, keys (e.g. http://127.0.0.1:8080)"},
    kJson,
    kPostgres,
}};
constexpr std::array<OptionSpec, 3> kFilingVerify = {
    {{"key", "KEY|FILE", "信頼するログの検証鍵", "verifier keys of the recipient's log that you trust"},
     {"card-root", "FILE", "カードの発行者の根の証明書（PEM）", "root certificate of who issued the card (PEM)"},
     {"json", "", "JSON で出力", "print JSON"}}};
constexpr std::array<OptionSpec, 3> kReceiptVerify = {{
    {"key", "VKEY", "信頼する検証鍵（名前+ID+鍵）。ファイル名でもよい",
     "verifier key to trust (name+id+key), or a file with one a line"},
    {"record", "FILE", "記録の束（.json）と照合", "hold a record bundle (.json) against it"},
    kJson,
}};
constexpr std::array<OptionSpec, 2> kReceiptGet = {{
    {"bundle", "", "記録の束（.json）を出力", "print the record bundle (.json) instead"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 1> kJsonOnly = {{kJson}};
constexpr std::array<OptionSpec, 2> kJsonAndStore = {{kJson, kPostgres}};
constexpr std::array<OptionSpec, 1> kStore = {{kPostgres}};
constexpr std::array<OptionSpec, 6> kFromText = {
    {{"out", "FILE", "パックの書き出し先（既定は標準出力）", "where the pack goes (default: standard output)"},
     {"id", "ID", "計画の id。例: aoba.data-plan", "id of the plan, such as aoba.data-plan"},
     {"title", "TEXT", "計画の題名", "title of the plan"},
     {"date", "DATE", "版の日付。例: 2019-06-14", "date of the edition, such as 2019-06-14"},
     {"lines", "", "どの行を何と読んだかも示す", "says which line was taken for what, too"},
     kJson}};
constexpr std::array<OptionSpec, 2> kActor = {{
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 8> kOrgCreate = {{
    {"title-ja", "TEXT", "日本語の名称（必須）", "name in Japanese (required)", true},
    {"title-en", "TEXT", "英語の名称（必須）", "name in English (required)", true},
    {"kind", "KIND", "nation、prefecture、municipality（既定）、agency、portal、linker、company",
     "nation, prefecture, municipality (default), agency, portal, linker, company", false, check_organisation_kind},
    {"origin", "NAME", "ログの名称。後から変えられません", "name of the log; can never be changed", false, check_origin},
    {"administrator", "NAME", "最初の管理者の氏名（既定「管理者」）", "name of the first administrator (default \"Administrator\")",
     false, check_name},
    {"listen", "ADDR:PORT", "リンクに使う待ち受け先", "address that serve will use, for the link"},
    {"base-url", "URL", "リンクに使うアドレス", "address that people will use, for the link"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 3> kOrgLink = {{
    {"listen", "ADDR:PORT", "リンクに使う待ち受け先", "address that serve uses, for the link"},
    {"base-url", "URL", "リンクに使うアドレス", "address that people use, for the link"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 4> kErase = {{
    {"record", "N[,N]", "消去する記録の番号（必須）", "numbers of the records (required)", true, check_record_numbers},
    {"ground", "GROUND", "根拠（必須、公開されます）：retention-ended、purpose-ended、request、unlawful、mistake、court、law",
     "ground (required; becomes public): retention-ended, purpose-ended, request, unlawful, mistake, court, law", true, check_ground},
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 4> kCardIssue = {{
    {"label", "TEXT", "カードの呼び名（既定：ファイル名）", "what the holder calls the card (default: the file's name)"},
    {"person", "ID", "登録済みの人（既定：新しい人）", "a person the linker knows (default: a new one)"},
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 1> kCardServe = {{
    {"listen", "ADDR:PORT", "待ち受け先（既定 127.0.0.1:8090、このパソコンの中だけ）",
     "where to listen (default 127.0.0.1:8090; this computer only)"},
}};
constexpr std::array<OptionSpec, 5> kMemberExport = {{
    {"address", "URL", "相手から届く宛先 https://host:8443（既定：--exchange-listen）",
     "where others reach it: https://host:8443 (default: --exchange-listen)"},
    {"page-url", "URL", "画面のアドレス（既定：--listen）", "where people reach its pages (default: --listen)"},
    {"out", "FILE", "書き込むファイル（既定：標準出力）", "the file to write (default: standard output)"},
    {"exchange-listen", "ADDR:PORT", "serve と同じ値", "as for serve"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 3> kDoctor = {{
    {"listen", "ADDR:PORT", "調べる待ち受け先", "the address to look at"},
    kJson,
    kPostgres,
}};

constexpr std::array<OptionSpec, 6> kOrgUnit = {{
    {"title-ja", "TEXT", "日本語の名称（必須）", "name in Japanese (required)", true},
    {"title-en", "TEXT", "英語の名称（必須）", "name in English (required)", true},
    {"above", "UNIT", "上位の課", "the unit above it"},
    {"from", "DAY", "始まりの日（既定：今日）", "its first day (default: today)", false, check_day},
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 6> kOrgPost = {{
    {"unit", "UNIT", "課の ID（必須）", "id of its unit (required)", true},
    {"title-ja", "TEXT", "日本語の名称（必須）", "name in Japanese (required)", true},
    {"title-en", "TEXT", "英語の名称（必須）", "name in English (required)", true},
    {"from", "DAY", "始まりの日（既定：今日）", "its first day (default: today)", false, check_day},
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};
constexpr std::array<OptionSpec, 4> kOrgAssign = {{
    {"from", "DAY", "始まりの日（既定：今日）", "the first day (default: today)", false, check_day},
    {"until", "DAY", "終わりの日（既定：なし）", "the last day (default: none)", false, check_day},
    {"actor", "CODE", "行為者のコード（既定 operator）", "code of who acts (default: operator)"},
    kPostgres,
}};

constexpr std::array<Command, 42> kCommands = {{
    {"demo", "[--once] [--listen ADDR:PORT]", "架空の二つの町で引っ越しを通して見せ、公開する",
     "plays a move between two fictional towns, then serves them",
     "架空の二つの町（一年分の案件つき、--days で変更）、くらしの窓口、符号連携、国、水道会社を作り、四つの\n"
     "プロセスで動かし、花子さんの引っ越しを本物の HTTP で通し、すべてのログを検証します。次に写しの 1 "
     "バイトを変え、検証がそれを見つける様子を示します。\n"
     "使うポート：画面は --listen から三つ（8080〜8082）、カードはその 10 先（8090）、連携はその 363 "
     "先から三つ（8443〜8445）。フォルダを消すと始めからになります。",
     "Makes two fictional towns with a year of cases (or --days), a portal, a linker, a nation and a water company,\n"
     "runs them as four processes, plays Hanako's move by real HTTP and verifies every log. Then changes one byte of a copy and shows "
     "that verify names it.\n"
     "Ports: pages on three from --listen on (8080 to 8082), the card ten above (8090), exchange on three from 363 above (8443 to "
     "8445). Delete the folder to begin anew.",
     "musubi demo --once", 0, 0, kDemo, run_demo},
    {"serve", "[--data DIR] [--listen ADDR:PORT]", "すべての組織を公開する", "serves all organisations",
     "--listen がなければ 127.0.0.1 だけで待ち受けます。外に出すには手前に TLS を終端するサーバーを置き、--base-url "
     "で公開アドレスを伝えてください。\n"
     "記録は標準エラーに JSON で 1 行ずつ。Ctrl-C または SIGTERM で安全に止まります。",
     "Without --listen, on 127.0.0.1 only. To be reached from outside, put a server that ends TLS in front and tell the public "
     "address with "
     "--base-url.\n"
     "Logs are JSON lines on standard error. Ctrl-C or SIGTERM stops it cleanly.",
     "musubi serve --data /var/lib/musubi --base-url https://musubi.example", 0, 0, kServe, run_serve},
    {"org create",
     "ORG --title-ja TEXT --title-en TEXT",
     "組織と最初の管理者を作る",
     "makes an organisation and its first administrator",
     "ORG は英小文字・数字・ハイフンで 2〜40 文字。URL とフォルダ名になります。パスワードはなく、一度だけ使えるリンクを表示します。",
     "ORG is 2 to 40 of a-z, 0-9 and '-'; it becomes the URL and the folder. There is no password: a one-time sign-in link is "
     "printed.",
     "musubi org create minato --title-ja みなと町 --title-en \"Minato Town\"",
     1,
     1,
     kOrgCreate,
     run_org_create,
     {check_organisation_id}},
    {"org list", "", "組織の一覧", "lists the organisations", "", "", "musubi org list --json", 0, 0, kJsonAndStore, run_org_list},
    {"org officers", "ORG", "担当者の一覧", "lists the officers of an organisation", "", "", "musubi org officers minato", 1, 1,
     kJsonAndStore, run_org_officers},
    {"org link", "ORG [OFFICER]", "サインイン用リンクを発行する", "makes a one-time sign-in link",
     "OFFICER を省くと、最初の現役の管理者のリンクです。24 時間、一度だけ使えます。サーバーが動いている間は使えません。",
     "Without OFFICER: for the first active administrator. Works once, within 24 hours. Stop the server first.",
     "musubi org link minato officer-7k3m9q", 1, 2, kOrgLink, run_org_link},
    {"card issue", "ORG FILE [--label TEXT] [--person ID]", "カードのファイルを交付する", "issues a card as a file",
     "ORG は符号連携機関（または単独の町）です。暗証番号は環境変数 MUSUBI_CARD_LOGIN_PIN（数字 4 桁）と "
     "MUSUBI_CARD_SIGNING_PIN（英数字 6〜16 文字）で\n"
     "渡します。なければ作って一度だけ表示します。ファイルは IC "
     "カードの代わりで、暗号化されていますが、写しを取られると暗証番号を試されます。",
     "ORG is the linker, or a town of its own. PINs come from MUSUBI_CARD_LOGIN_PIN (4 digits) and MUSUBI_CARD_SIGNING_PIN (6 to 16 "
     "letters and\n"
     "digits); without them, they are made and printed once. The file stands for an IC card: it is encrypted, but whoever copies it "
     "can try PINs.",
     "musubi card issue linker cards/hanako.card --label Hanako", 2, 2, kCardIssue, run_card_issue},
    {"card serve", "[FOLDER]", "カードの画面をこのパソコンで開く", "serves the card's pages on this computer",
     "FOLDER（既定 ./cards）の *.card を使い、trusted.pem にある組織の依頼だけに応じます。",
     "Uses the *.card files in FOLDER (default ./cards), and answers only organisations in its trusted.pem.",
     "musubi card serve ./cards", 0, 1, kCardServe, run_card_serve},
    {"card show", "FILE", "カードの中身（暗証番号なしで見えるもの）を表示", "shows what a card holds, as far as no PIN is needed", "",
     "", "musubi card show cards/hanako.card", 1, 1, kJsonOnly, run_card_show},
    {"card unlock",
     "FILE",
     "ロックされたカードを解除番号で開ける",
     "unlocks a card with the code of the office",
     "12 桁の解除番号を標準入力から読みます。",
     "Reads the twelve-digit code from standard input.",
     "musubi card unlock cards/hanako.card",
     1,
     1,
     {},
     run_card_unlock},
    {"card trust",
     "FOLDER FILE",
     "カードの利用先に組織のルート証明書を加える",
     "adds an organisation's root certificate to those a folder of cards trusts",
     "",
     "",
     "musubi card trust ./cards musubi-data/portal/keys/root.crt",
     2,
     2,
     {},
     run_card_trust},
    {"exchange member export", "ORG [--address URL] [--out FILE]", "相手機関に渡す自機関の記述ファイルを作る",
     "writes the descriptor that other organisations import",
     "認証局の鍵で署名します。秘密は含みません。相手はこのファイルを取り込み、認証局の指紋を電話などで確かめます。",
     "Signed with the key of the organisation's root; holds no secret. The other side imports it and checks the root's fingerprint by "
     "telephone.",
     "musubi exchange member export aoba --address https://aoba.example:8443 --out aoba.member", 1, 1, kMemberExport,
     run_member_export},
    {"exchange member import", "ORG FILE...", "相手機関の記述ファイルを取り込む", "imports descriptors of other organisations", "", "",
     "musubi exchange member import portal aoba.member minato.member", 2, 1000, kActor, run_member_import},
    {"exchange member list", "ORG", "連携先の一覧", "lists the organisations that this one knows", "", "",
     "musubi exchange member list portal", 1, 1, kJsonAndStore, run_member_list},
    {"exchange member remove", "ORG MEMBER", "連携先を外す", "removes a member",
     "鍵を失った機関や、認証局が変わった機関に使います。今あるやり取りの記録は残ります。",
     "For an organisation that lost its keys or left. The records of what was exchanged stay.",
     "musubi exchange member remove portal aoba", 2, 2, kActor, run_member_remove},
    {"exchange permit import", "ORG FILE", "提供許可（誰が誰に何を聞いてよいか）を登録する",
     "enters permits: who may ask whom for what", "許可のない照会はすべて断られます。形式：packs/schemas/permits.schema.json",
     "Every question without a permit is refused. Format: packs/schemas/permits.schema.json",
     "musubi exchange permit import aoba packs/demo/exchange/permits.json", 2, 2, kActor, run_permit_import},
    {"exchange permit list", "ORG", "提供許可の一覧", "lists the permits", "", "", "musubi exchange permit list aoba --json", 1, 1,
     kJsonAndStore, run_permit_list},
    {"exchange permit withdraw", "ORG PERMIT", "提供許可を取り消す", "withdraws a permit", "", "",
     "musubi exchange permit withdraw aoba move-out.portal-municipality", 2, 2, kActor, run_permit_withdraw},
    {"exchange outbox seal", "ORG", "前の版から送信を待っているものを確かめたうえで送る",
     "releases what an older version left waiting to be sent",
     "送信箱の控えがまだない版で頼まれ、更新のときに待っていたものは、そのままでは送られません。/ORG/office/exchange "
     "で確かめてから与えてください。記録に残ります。",
     "What was queued by a version that kept no digests of its outbox, and still waited when it was replaced, is not sent by itself. "
     "Look at "
     "it at\n/ORG/office/exchange, then give this. It is on record.",
     "musubi exchange outbox seal portal", 1, 1, kActor, run_outbox_seal},
    {"org unit",
     "ORG ID --title-ja TEXT --title-en TEXT",
     "課を作る（もう一度与えると直す）",
     "makes a unit of an office, or corrects it",
     "動いているサーバーでは、管理者が /ORG/office/posts で作れます。",
     "While a server runs, an administrator does this at /ORG/office/posts.",
     "musubi org unit minato residents --title-ja 住民課 --title-en \"Residents' Division\"",
     2,
     2,
     kOrgUnit,
     run_org_unit,
     {nullptr, check_id}},
    {"org post",
     "ORG ID --unit UNIT --title-ja TEXT --title-en TEXT",
     "課に職を作る（もう一度与えると直す）",
     "makes a post in a unit, or corrects it",
     "案件は職に届きます。引っ越しの手続が使う職の ID：desk（窓口）、chief（係長）、director（課長）。",
     "Work goes to posts. Those that the procedures of moving house use have the ids desk, chief and director.",
     "musubi org post minato desk --unit residents --title-ja 窓口係 --title-en Desk",
     2,
     2,
     kOrgPost,
     run_org_post,
     {nullptr, check_id}},
    {"org assign", "ORG POST OFFICER --from DAY", "担当者を職に就ける", "gives a post to an officer",
     "担当者のコードは musubi org officers ORG で分かります。DAY は 2026-04-01 または 令和8年4月1日 の形。",
     "`musubi org officers ORG` shows the codes of officers. DAY is like 2026-04-01 or 令和8年4月1日.",
     "musubi org assign minato desk officer-7k3m9q --from 2026-04-01", 3, 3, kOrgAssign, run_org_assign},
    {"org duty", "ORG POST none|look|register", "職に住民の記載についての任務を定める",
     "sets what a post may do in the register of residents",
     "none：記載を開けない（はじめの状態）。look：探して見る。register：見て、手で変える。任務のある職に就いている人だけが、/ORG/"
     "office/"
     "residents を使えます。",
     "none: the register stays closed (as at first). look: search and read. register: read, and change by hand. Only who holds a post "
     "with a duty can use\n/ORG/office/residents.",
     "musubi org duty minato desk register", 3, 3, kActor, run_org_duty},
    {"residents import", "ORG FILE", "住民を CSV から登録する", "enters residents from a CSV file",
     "UTF-8 の CSV。1 行目に列の名前（順は自由）：household（世帯の番号。同じ番号の人が 1 世帯）、relation（head など、または "
     "世帯主・配偶者・子…）、\n"
     "family、given、family_kana、given_kana、birth_date（2019-06-14 または "
     "令和元年6月14日）、sex（female・male・not_stated）、postal_code、\n"
     "prefecture、municipality、street、building、since（居住を始めた日）、insurance（national・employee・elderly・none）、child_"
     "allowance（yes・no）。\n"
     "すべての行を先に調べ、誤りをすべて「ファイル:行: "
     "列：理由」で示します。一つでもあれば誰も登録しません。すでに登録されている人（氏名・生年月日・住所が同じ）も誤りです。",
     "CSV in UTF-8. The first line names the columns, in any order: household (a key: those of one key live together), relation "
     "(head, spouse,\n"
     "child, parent, grandchild, sibling, other), family, given, family_kana, given_kana, birth_date (2019-06-14 or 令和元年6月14日), "
     "sex (female,\n"
     "male, not_stated), postal_code, prefecture, municipality, street, building, since (the day they came to live here), insurance "
     "(national,\n"
     "employee, elderly, none), child_allowance (yes, no).\n"
     "All lines are checked first and every fault is printed as `file:line: column: reason`. With a single fault nobody is entered. "
     "Somebody who\n"
     "is on the register already (same name, day of birth and address) is a fault, too.",
     "musubi residents import minato residents.csv", 2, 2, kActor, run_residents_import},
    {"org key list", "ORG", "ログの鍵の一覧", "lists the keys of the log", "", "", "musubi org key list minato", 1, 1, kJsonAndStore,
     run_key_list},
    {"org key rotate", "ORG", "新しいログ鍵を予告し、併用を始める", "announces a new log key, which signs beside the old one",
     "両方の鍵が署名する期間を置いてから、org key retire で古い鍵を廃止します。",
     "Let both sign for a while, then retire the old one with `org key retire`.", "musubi org key rotate minato", 1, 1, kActor,
     run_key_rotate},
    {"org key retire", "ORG KEY-ID", "ログ鍵を廃止する", "retires a key of the log", "", "", "musubi org key retire minato 1a2b3c4d",
     2, 2, kActor, run_key_retire},
    {"pack check", "FILE...", "パック（計画・シート・評価の区分・指標・手続）を調べる",
     "checks packs: plans, sheets, scales, indicators, procedures",
     "誤りをすべて「ファイル:行: 理由」で示します。何も書き込みません。", "Prints every fault as `file:line: reason`. Writes nothing.",
     "musubi pack check packs/japan/basic-plan-2019/plan.json", 1, 1000, kJsonOnly, run_pack_check},
    {"pack import", "ORG FILE", "計画・指標・シート・評価の区分のパックを取り込む",
     "imports a pack: a plan, indicators, a sheet or a scale",
     "計画（plan）とシート（sheet）は下書きになり、指標（indicators）と評価の区分（scale）はすぐに使われます。手続（procedures）のパッ"
     "クは取り込めません。",
     "Plans and sheets become drafts; indicators and scales are used at once. Packs of procedures are not imported.",
     "musubi pack import nation plan.json", 2, 2, kActor, run_pack_import},
    {"pack from-text", "FILE [--out PACK] [--id ID] [--title TEXT] [--date DATE] [--lines]", "文書の文字から計画のパックを作る",
     "makes a plan pack from the text of a document",
     "節は「（１）題名【法律第○条】」、施策は「○[No.１－１] "
     "題名」、KPIは「KPI（進捗）：…」の行で見分けます。見直すところを「ファイル:行: 理由」で示し、"
     "--lines と --json では各行を何と読んだかも\n"
     "出力します（パックは --out へ）。文は日本語のまま両方の言語に入ります。",
     "A section is a line like （1）TITLE【ARTICLE】, a measure ○[No.1-1] TITLE, a KPI KPI（進捗）：… Prints what to look at as "
     "`file:line: reason`; with "
     "--lines or --json also what\n"
     "each line was taken for (the pack goes to --out). Texts stay Japanese in both languages.",
     "musubi pack from-text plan.txt --id aoba.data-plan --title 青葉町データ活用計画 --date 2024-04-01 --out plan.json", 1, 1,
     kFromText, run_pack_from_text},
    {"pack sign-off", "ORG PLAN", "下書きを承認して公開する", "signs a draft off, which makes it public", "", "",
     "musubi pack sign-off nation japan.basic-plan-2019", 2, 2, kActor, run_pack_sign_off},
    {"verify", "[ORG]", "保存されたすべてを検証する", "holds everything stored against everything else",
     "ORG を省くとすべての組織で、一つもなければ終了コード 3。サーバーが動いていても使えます。壊れた記録・行・節を名指します。",
     "Without ORG: all organisations, and exit code 3 where there is none. Works beside a running server. Names every record, row and "
     "node that does not fit.",
     "musubi verify nation --checkpoint nation.note", 0, 1, kVerify, run_verify},
    {"receipt verify", "FILE", "受領証を検証する（サーバー不要）", "checks a receipt, without any server", "", "",
     "musubi receipt verify receipt.txt --key log.vkey --record record.json", 1, 1, kReceiptVerify, run_receipt_verify},
    {"filing verify", "FILE", "届出の控えを検証する（サーバー不要）", "checks the receipt of a filing, without any server",
     "様式・署名された一覧・届け先の受付の記録が互いに合うかを調べます。",
     "Holds the form, the signed list and the recipient's record against each other.",
     "musubi filing verify musubi-moving-in.json --key log.vkey --card-root linker.pem", 1, 1, kFilingVerify, run_filing_verify},
    {"receipt get", "ORG N", "記録 N の受領証を出力する", "prints the receipt of record N", "", "",
     "musubi receipt get nation 17 > receipt.txt", 2, 2, kReceiptGet, run_receipt_get},
    {"erase", "ORG --record N[,N] --ground GROUND", "命令に基づき記録の本文を消去する", "erases the bodies of records on order",
     "ログ・受領証・タイムスタンプはそのまま検証できます。消去リスト（ORG/erasures.jsonl）はバックアップと別に保管してください。",
     "The log, receipts and stamps still verify. Keep the erasure list (ORG/erasures.jsonl) apart from backups.",
     "musubi erase minato --record 17,18 --ground retention-ended", 1, 1, kErase, run_erase},
    {"backup", "ORG FILE", "動かしたままバックアップを取る", "backs an organisation up while it runs",
     "鍵は含みません。DIR/ORG/keys は別に保管してください。", "Keys are not in it: keep DIR/ORG/keys apart.",
     "musubi backup minato /backup/minato.db", 2, 2, kStore, run_backup},
    {"restore", "ORG FILE", "バックアップから組織を作り直す", "makes an organisation from a backup",
     "新しいログ名（…/2）で続けます。最初の記録が、知られていた最後の件数と根を引き継ぎます。\n"
     "その前に、別に保管した消去リストを DATA/ORG/erasures.jsonl に置いてください。ないと、消去した本文が戻ります。",
     "Goes on under a new log name (.../2), whose first record commits the last known size and root.\n"
     "Before that put the erasure list that you keep apart at DATA/ORG/erasures.jsonl: without it erased bodies come back.",
     "musubi restore minato /backup/minato.db", 2, 2, kStore, run_restore},
    {"doctor", "", "環境を調べて直し方を示す", "looks at the environment and says what to repair", "", "", "musubi doctor", 0, 0,
     kDoctor, run_doctor},
    {"explain",
     "[CODE]",
     "エラーコードを説明する",
     "explains an error code",
     "",
     "",
     "musubi explain db.locked",
     0,
     1,
     {},
     run_explain},
    {"completion", "bash", "シェルの補完", "shell completion", "", "", "source <(musubi completion bash)", 1, 1, {}, run_completion},
    {"version", "", "版を表示する", "prints the version", "", "", "musubi version", 0, 0, kJsonOnly, run_version},
}};

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const OptionSpec> common_options() { return kCommon; }

}  // namespace musubi::app
