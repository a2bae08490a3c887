# The schemas of packs, served at /schemas.
file(GLOB pack_schemas CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/schemas/*.schema.json)
musubi_embed(musubi_app NAME pack_schemas ROOT ${CMAKE_SOURCE_DIR}/packs/schemas FILES ${pack_schemas})
# Local plans and sheets of the demo's towns.
file(GLOB demo_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packs/demo/*/local-plan.json ${CMAKE_SOURCE_DIR}/packs/demo/*/sheet-*.json)
musubi_embed(musubi_app NAME demo_packs ROOT ${CMAKE_SOURCE_DIR}/packs/demo FILES ${demo_packs})
# What each error means: `musubi explain`, /explain and /problems/NAME. tests/explanations_test.py holds every error of src against it.
musubi_embed(musubi_app NAME explanations ROOT ${CMAKE_SOURCE_DIR}/web FILES ${CMAKE_SOURCE_DIR}/web/explanations.json)
