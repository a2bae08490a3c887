#include "app/closed.h"

#include <algorithm>
#include <array>

namespace musubi::app {

Error told_to_everybody(Error error) {
  constexpr std::array<std::string_view, 5> kOfTheOperator = {"db.corrupt", "db.newer", "db.older", "org.keys_without_log",
                                                              "trust.keys_missing"};
  if (std::find(kOfTheOperator.begin(), kOfTheOperator.end(), error.name) == kOfTheOperator.end()) return error;
  error.message = {
      "この機関のページは、いま表示できません。しばらくしてからもう一度お試しください。お急ぎの場合は、機関へ直接お問い合わせください"
      "。",
      "The pages of this organisation cannot be shown at the moment. Try again later; if it is urgent, please "
      "contact the organisation directly."};
  error.faults.clear();
  return error;
}

}  // namespace musubi::app
