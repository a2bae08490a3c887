#include "exchange/verify.h"

#include "evidence/record.h"
#include "exchange/state.h"
#include "exchange/store.h"

namespace musubi::exchange {

Result<std::vector<evidence::Finding>> verify_outbox(db::Reader& reader) {
  std::vector<evidence::Finding> out;
  for (const auto& one : TRY(store::unlike_queued(reader, 1000))) {
    Text what = !one.is_there ? Text{"記録なしに送信箱から消えています。", "It is gone from the outbox without a record."}
                : one.was_queued ? Text{"送信を頼まれたときの内容と違います。", "It is not as it was queued."}
                                 : Text{"送信を頼んだ記録がありません。", "No act on record queued it."};
    out.push_back({"row", "table exchange_outbox key [\"" + one.id + "\"]", std::move(what)});
  }
  return out;
}

Result<std::size_t> seal_outbox(db::Transaction& tx, std::string_view actor) {
  std::size_t count = TRY(store::seal_unqueued(tx));
  if (count > 0)
    TRY(evidence::append(tx, {outbox_sealed_type(), "exchange/outbox", std::string(actor), "", {{"count", std::int64_t(count)}}}));
  return count;
}

}  // namespace musubi::exchange
