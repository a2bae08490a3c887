# Templates, static files and messages of the page kit, from web/ at the top of the tree.
file(GLOB web_static CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/static/*)
file(GLOB web_templates CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/templates/*.html)
file(GLOB web_locales CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/locales/*.json)
musubi_embed(musubi_web NAME web_static ROOT ${CMAKE_SOURCE_DIR}/web/static FILES ${web_static})
musubi_embed(musubi_web NAME web_templates ROOT ${CMAKE_SOURCE_DIR}/web/templates FILES ${web_templates})

# A key or argument missing in one language, or a template's {{t.key}} without a message, fails here.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(web_messages ${MUSUBI_EMBED_DIR}/musubi_web/web/messages)
set(web_message_headers ${web_messages}.h)
foreach(locale ${web_locales})
  get_filename_component(locale_file ${locale} NAME)
  if(locale_file MATCHES "^(.+)\\.ja\\.json$")
    list(APPEND web_message_headers ${web_messages}/${CMAKE_MATCH_1}.h)
  endif()
endforeach()
add_custom_command(
  OUTPUT ${web_message_headers} ${web_messages}.cc
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/messages.py --out ${web_messages} --templates ${web_templates}
          --locales ${web_locales}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/messages.py ${web_templates} ${web_locales}
  COMMENT "Generating web/messages.h" VERBATIM)
target_sources(musubi_web PRIVATE ${web_messages}.cc ${web_message_headers})
target_link_libraries(musubi_web PUBLIC ZLIB::ZLIB)
if(MUSUBI_TESTS)
  add_test(NAME messages COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tests/messages_test.py)
endif()
