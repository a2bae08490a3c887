#include "app/closed.h"

#include "db/store.h"

namespace musubi::app {

Error told_to_everybody(Error error) {
  // Met while it is open: a page of its file that cannot be read, keys that went away.
  const bool damaged = error.name == "db.corrupt" || error.name == "trust.keys_missing";
  if (!damaged && !db::kept_closed(error)) return error;
  error.message = {
      "この機関のページは、いま表示できません。しばらくしてからもう一度お試しください。お急ぎの場合は、機関へ直接お問い合わせください"
      "。",
      "The pages of this organisation cannot be shown at the moment. Try again later; if it is urgent, please "
      "contact the organisation directly."};
  error.faults.clear();
  return error;
}

}  // namespace musubi::app
