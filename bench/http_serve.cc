// A server for bench/http.sh: an inline route and a worker route that answer 8 kB, until standard input ends.
#include <cstdio>
#include <iostream>

#include "http/server.h"

int main(int argc, char** argv) {
  using namespace musubi;
  http::Router router;
  const std::string page(8192, 'x');
  auto handler = [&](http::Request&) -> Result<http::Response> { return http::html(page); };
  for (auto [pattern, fast] : {std::pair<std::string_view, bool>{"/inline", true}, {"/worker", false}})
    router.add({.method = http::Method::get,
                .pattern = pattern,
                .access = http::Access::kPublic,
                .handler = handler,
                .summary_ja = "計測",
                .summary_en = "For measuring",
                .inline_io = fast});
  http::Options options;
  if (argc > 1) options.io_threads = unsigned(std::atoi(argv[1]));
  if (argc > 2) options.workers = unsigned(std::atoi(argv[2]));
  if (argc > 3) options.access_log = std::atoi(argv[3]) != 0;
  http::Server server(options, router);
  auto address = server.start();
  if (!address) return std::fprintf(stderr, "%s\n", address.error().message.en.c_str()), 1;
  std::printf("%u\n", address->port);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {}
  server.stop();
}
