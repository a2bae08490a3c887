# Plans and indicators that are part of the binary.
file(GLOB plan_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/*/*/plan.json)
musubi_embed(musubi_kpi NAME plan_packs ROOT ${CMAKE_SOURCE_DIR}/packs FILES ${plan_packs})
file(GLOB indicator_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/*/indicators/*.json)
musubi_embed(musubi_kpi NAME indicator_packs ROOT ${CMAKE_SOURCE_DIR}/packs FILES ${indicator_packs})
# Sheets of policy evaluation, and the scales that they are judged by.
file(GLOB sheet_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/*/*/sheet.json)
musubi_embed(musubi_kpi NAME sheet_packs ROOT ${CMAKE_SOURCE_DIR}/packs FILES ${sheet_packs})
file(GLOB scale_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/*/scales/*.json)
musubi_embed(musubi_kpi NAME scale_packs ROOT ${CMAKE_SOURCE_DIR}/packs FILES ${scale_packs})
