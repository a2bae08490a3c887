# The schemas of packs, served at /schemas.
file(GLOB pack_schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/schemas/*.schema.json)
musubi_embed(musubi_app NAME pack_schemas ROOT ${CMAKE_SOURCE_DIR}/packs/schemas FILES ${pack_schemas})
# Local plans and sheets of the demo's towns.
file(GLOB demo_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/demo/*/local-plan.json ${CMAKE_SOURCE_DIR}/packs/demo/*/sheet-*.json)
musubi_embed(musubi_app NAME demo_packs ROOT ${CMAKE_SOURCE_DIR}/packs/demo FILES ${demo_packs})
