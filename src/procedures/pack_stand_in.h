// For tests: while it lives, a pack stands where the embedded one of its id stands; a newer version of a form. One at a time,
// and no request meanwhile.
#pragma once

#include "procedures/pack.h"

namespace musubi::procedures {

class PackStandIn {
 public:
  explicit PackStandIn(Pack pack);
  ~PackStandIn();
  PackStandIn(const PackStandIn&) = delete;
  PackStandIn& operator=(const PackStandIn&) = delete;

 private:
  std::vector<Pack> packs_;
};

}  // namespace musubi::procedures
