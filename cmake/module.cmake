# One folder of src/ = one static library = one namespace. Tests stand beside the code (x_test.cc).
# schema/*.sql, templates and other assets are embedded with .incbin.

set(MUSUBI_EMBED_DIR ${CMAKE_BINARY_DIR}/embed)

# musubi_embed(TARGET NAME ROOT DIR FILES ...): defines musubi::embedded::NAME(), a span of {path, bytes}
# declared in "embedded/NAME.h"; path is relative to DIR.
function(musubi_embed target)
  cmake_parse_arguments(E "" "NAME;ROOT" "FILES" ${ARGN})
  set(asm ".section .rodata\n")
  set(externs "")
  set(rows "")
  set(i 0)
  foreach(file IN LISTS E_FILES)
    file(RELATIVE_PATH path ${E_ROOT} ${file})
    set(symbol "musubi_embedded_${E_NAME}_${i}")
    string(APPEND asm ".global ${symbol}\n.global ${symbol}_end\n${symbol}:\n.incbin \"${file}\"\n${symbol}_end:\n.byte 0\n")
    string(APPEND externs "extern const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND rows "      {\"${path}\", {${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})}},\n")
    math(EXPR i "${i} + 1")
  endforeach()
  string(APPEND asm ".section .note.GNU-stack,\"\",@progbits\n")
  set(dir ${MUSUBI_EMBED_DIR}/${target})
  file(CONFIGURE OUTPUT ${dir}/embedded/${E_NAME}.h CONTENT
"// Generated: files of @E_NAME@ embedded in the binary.
#pragma once
#include <span>
#include \"base/embedded.h\"
namespace musubi::embedded {
std::span<const File> @E_NAME@();
}
" @ONLY)
  file(CONFIGURE OUTPUT ${dir}/${E_NAME}.S CONTENT "${asm}" @ONLY)
  file(CONFIGURE OUTPUT ${dir}/${E_NAME}.cc CONTENT
"#include \"embedded/@E_NAME@.h\"
#include <array>
extern \"C\" {
@externs@}
namespace musubi::embedded {
std::span<const File> @E_NAME@() {
  static const std::array<File, @i@> files = {{
@rows@  }};
  return files;
}
}
" @ONLY)
  set_source_files_properties(${dir}/${E_NAME}.S PROPERTIES OBJECT_DEPENDS "${E_FILES}")
  target_sources(${target} PRIVATE ${dir}/${E_NAME}.cc ${dir}/${E_NAME}.S)
  target_include_directories(${target} PUBLIC ${dir})
endfunction()

function(musubi_module name)
  cmake_parse_arguments(M "" "" "NEEDS;LINK" ${ARGN})
  set(root ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB sources CONFIGURE_DEPENDS ${root}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT sources)
    return()
  endif()
  add_library(musubi_${name} STATIC ${sources})
  target_include_directories(musubi_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  foreach(need IN LISTS M_NEEDS)
    if(TARGET musubi_${need})
      target_link_libraries(musubi_${name} PUBLIC musubi_${need})
    endif()
  endforeach()
  target_link_libraries(musubi_${name} PUBLIC ${M_LINK})
  file(GLOB schema CONFIGURE_DEPENDS ${root}/schema/*.sql)
  if(schema)
    musubi_embed(musubi_${name} NAME ${name}_schema ROOT ${root}/schema FILES ${schema})
  endif()
  if(EXISTS ${root}/assets.cmake)
    include(${root}/assets.cmake)
  endif()
  if(MUSUBI_TESTS AND tests)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE musubi_${name} GTest::gtest GTest::gtest_main)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    if(name STREQUAL "db" OR TARGET musubi_store_fixture)
      target_link_libraries(${name}_test PRIVATE musubi_store_fixture)
    endif()
    if(name STREQUAL "evidence" OR TARGET musubi_log_world)
      target_link_libraries(${name}_test PRIVATE musubi_log_world)
    endif()
    target_compile_definitions(${name}_test PRIVATE MUSUBI_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()

# What tests of modules above db share: stores on both back ends, injected disk faults. Linked into their tests.
function(musubi_store_fixture)
  if(NOT MUSUBI_TESTS)
    return()
  endif()
  find_package(GTest REQUIRED)
  set(root ${CMAKE_SOURCE_DIR}/tests/support)
  add_library(musubi_store_fixture STATIC ${root}/store_fixture.cc ${root}/postgres_cluster.cc ${root}/fault_vfs.cc
    ${root}/raw_sql.cc)
  target_include_directories(musubi_store_fixture PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(musubi_store_fixture PUBLIC musubi_db GTest::gtest)
endfunction()

# A town with a log, and the programs that judge the log from outside: fault runs, interop dumps, benchmarks.
function(musubi_log_programs)
  if(NOT MUSUBI_TESTS OR NOT TARGET musubi_evidence)
    return()
  endif()
  add_library(musubi_log_world STATIC ${CMAKE_SOURCE_DIR}/tests/support/log_world.cc)
  target_include_directories(musubi_log_world PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(musubi_log_world PUBLIC musubi_evidence)
  add_executable(fault_writer ${CMAKE_SOURCE_DIR}/tests/fault/writer.cc ${CMAKE_SOURCE_DIR}/tests/fault/acks.cc)
  target_link_libraries(fault_writer PRIVATE musubi_log_world musubi_store_fixture)
  add_executable(interop_dump ${CMAKE_SOURCE_DIR}/tests/interop/tlog/dump.cc)
  target_link_libraries(interop_dump PRIVATE musubi_log_world)
  add_executable(evidence_bench EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/evidence_bench.cc ${CMAKE_SOURCE_DIR}/bench/bare_postgres.cc
    ${CMAKE_SOURCE_DIR}/bench/bare_sqlite.cc)
  target_link_libraries(evidence_bench PRIVATE musubi_log_world musubi_store_fixture PkgConfig::PQ)
endfunction()

function(musubi_app)
  set(root ${CMAKE_SOURCE_DIR}/src/app)
  if(NOT EXISTS ${root}/main.cc)
    return()
  endif()
  musubi_module(app NEEDS base crypto text db http web evidence trust identity exchange records kpi procedures)
  target_compile_definitions(musubi_app PUBLIC MUSUBI_VERSION="${PROJECT_VERSION}")
  add_executable(musubi ${root}/main.cc)
  target_link_libraries(musubi PRIVATE musubi_app)
  set_target_properties(musubi PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  if(TARGET app_test)  # some of its tests run the binary
    add_dependencies(app_test musubi)
    set_source_files_properties(${root}/commands_test.cc ${root}/receipt_commands_test.cc PROPERTIES COMPILE_DEFINITIONS "MUSUBI_BINARY=\"${CMAKE_BINARY_DIR}/musubi\"")
  endif()
endfunction()

# tests/fuzz/NAME_fuzz.cc -> fuzz_NAME, linked with the modules that it includes. All of them: target `fuzz`.
function(musubi_fuzz)
  if(NOT MUSUBI_FUZZ)
    return()
  endif()
  add_custom_target(fuzz)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME)
    string(REPLACE "_fuzz.cc" "" name ${name})
    add_executable(fuzz_${name} ${source})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    file(STRINGS ${source} includes REGEX "^#include \"[a-z]+/")
    foreach(include IN LISTS includes)
      string(REGEX REPLACE "^#include \"([a-z]+)/.*" "\\1" module ${include})
      if(TARGET musubi_${module})
        target_link_libraries(fuzz_${name} PRIVATE musubi_${module})
      endif()
    endforeach()
    add_dependencies(fuzz fuzz_${name})
  endforeach()
endfunction()
