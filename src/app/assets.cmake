# The schemas of packs, served at /schemas.
file(GLOB pack_schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/schemas/*.schema.json)
musubi_embed(musubi_app NAME pack_schemas ROOT ${CMAKE_SOURCE_DIR}/packs/schemas FILES ${pack_schemas})
