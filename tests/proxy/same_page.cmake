# docs/faults.md must be what the program prints: `proofload proxy faults >docs/faults.md` makes it anew.
execute_process(COMMAND ${PROGRAM} proxy faults OUTPUT_VARIABLE made RESULT_VARIABLE status)
file(READ ${PAGE} kept)
if(NOT status EQUAL 0 OR NOT made STREQUAL kept)
  message(FATAL_ERROR "docs/faults.md is not up to date: proofload proxy faults >docs/faults.md")
endif()
