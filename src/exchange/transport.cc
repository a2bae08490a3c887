#include "exchange/transport.h"

#include "exchange/state.h"

namespace musubi::exchange {

Result<Carried> LocalTransport::carry(const std::string& from, const Member& to, const Message& message, std::int64_t deadline_ms) {
  auto receiver = find_(to.id);
  if (!receiver.ok()) {
    if (otherwise_) return otherwise_->carry(from, to, message, deadline_ms);
    return peer_down(to.id, "");  // residents read it; why is its operator's
  }
  Exchange* sender = TRY(find_(from));
  Reply reply = (*receiver)->receive(message, sender->state().options.keys->message);
  return Carried{std::move(reply), (*receiver)->state().options.keys->message};
}

}  // namespace musubi::exchange
