#include "document/qr.h"

#include <qrencode.h>

#include <memory>

namespace musubi::document {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

}  // namespace

Result<std::string> qr_svg(std::string_view text, std::string_view name) {
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code(nullptr, &QRcode_free);
  if (!text.empty() && text.size() <= kQrBytes)  // 0: the smallest version that holds it
    code.reset(QRcode_encodeData(int(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (!code)
    return Error{Code::kInvalid,
                 "document.qr_too_long",
                 {"QRコードにする文字は1〜1,000バイトにしてください。", "A QR code holds 1 to 1,000 bytes here."},
                 {}};
  constexpr int kQuiet = 4;
  int width = code->width, side = width + 2 * kQuiet;
  std::string size = std::to_string(side);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"" + escaped(name) + "\" viewBox=\"0 0 " +
                    size + " " + size +
                    "\" width=\"132\" height=\"132\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h" + size + "v" +
                    size + "H0z\"/><path fill=\"#000\" d=\"";
  for (int y = 0; y < width; ++y) {
    for (int x = 0; x < width; ++x) {
      int run = 0;
      while (x + run < width && (code->data[y * width + x + run] & 1)) ++run;
      if (run == 0) continue;
      svg += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + std::to_string(run) + "v1h-" +
             std::to_string(run) + "z";
      x += run;
    }
  }
  return svg + "\"/></svg>";
}

}  // namespace musubi::document
