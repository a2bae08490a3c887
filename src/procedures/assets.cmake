# Packs of procedures that are part of the binary.
file(GLOB procedure_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/*/*/pack.json)
musubi_embed(musubi_procedures NAME procedure_packs ROOT ${CMAKE_SOURCE_DIR}/packs FILES ${procedure_packs})
