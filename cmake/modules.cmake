# Who may use whom. One row per module: pl_module(NAME USES ...).
#
# Rows are closed: what a row may use, it may also use through headers, so a row that names `sandbox` names
# everything that `sandbox` names. CMake checks that below, and every module gets a generated source that fails to
# compile when a header of a module outside its row can be included.
set(PL_MODULES
  base os conf sign wire http record facts sandbox proxy load scan data checks plan verdict report engine cli)

set(PL_USES_base)
set(PL_USES_os       base)
set(PL_USES_conf     base)
set(PL_USES_sign     base)
set(PL_USES_wire     base)
set(PL_USES_http     base os wire)
set(PL_USES_record   base)
set(PL_USES_facts    base record)
set(PL_USES_sandbox  base os wire http record)
set(PL_USES_proxy    base os wire http record)
set(PL_USES_load     base os conf wire http record)
set(PL_USES_scan     base os wire http record)
set(PL_USES_data     base os record)
set(PL_USES_checks   base record facts)
set(PL_USES_plan     base record facts)
set(PL_USES_verdict  base record facts)
set(PL_USES_report   base conf record facts verdict)
set(PL_USES_engine   base os conf sign wire http record facts sandbox proxy load scan data checks plan verdict report)
set(PL_USES_cli      base os conf sign wire http record facts sandbox proxy load scan data checks plan verdict report engine)

# Every used module must bring only modules that the row names too.
foreach(module IN LISTS PL_MODULES)
  foreach(used IN LISTS PL_USES_${module})
    foreach(transitive IN LISTS PL_USES_${used})
      if(NOT transitive IN_LIST PL_USES_${module})
        message(FATAL_ERROR "modules.cmake: ${module} uses ${used}, which uses ${transitive}: name it in ${module}'s row")
      endif()
    endforeach()
  endforeach()
endforeach()

# The include root of a module holds exactly one entry, the module's own folder.
function(pl_include_root module out)
  set(root ${CMAKE_BINARY_DIR}/include/${module})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${module} ${root}/${module} SYMBOLIC)
  set(${out} ${root} PARENT_SCOPE)
endfunction()

# A source that cannot compile when a forbidden module's folder is within reach.
function(pl_fence_source module out)
  set(text "// Generated: the modules that ${module} must not reach.\n")
  foreach(other IN LISTS PL_MODULES)
    if(NOT other STREQUAL module AND NOT other IN_LIST PL_USES_${module})
      string(APPEND text "#if __has_include(<${other}/module.h>)\n#error ${module} must not reach ${other}: see cmake/modules.cmake\n#endif\n")
    endif()
  endforeach()
  set(path ${CMAKE_BINARY_DIR}/fence/${module}_fence.cc)
  file(CONFIGURE OUTPUT ${path} CONTENT "${text}" @ONLY)
  set(${out} ${path} PARENT_SCOPE)
endfunction()

# Precompiled headers, because parsing headers is most of a compilation: the library's, and with them what the judging
# modules all read, the facts; the tests' have doctest too. Sources still include what they use: the clang preset
# builds without these.
option(PL_PRECOMPILED "Use precompiled headers" ON)
set(PL_PRECOMPILED_base <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <deque> <expected> <functional>
  <future> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <tuple> <unordered_map> <utility>
  <variant> <vector> <fmt/format.h>)
set(PL_PRECOMPILED_facts ${PL_PRECOMPILED_base} <facts/facts.h>)

# `prefix`: pl_ for a module's sources, test_ for its tests.
function(pl_precompile prefix module)
  if(NOT PL_PRECOMPILED)
    return()
  endif()
  set(like base)
  if(module STREQUAL "facts" OR "facts" IN_LIST PL_USES_${module})
    set(like facts)
  endif()
  if(module STREQUAL like AND prefix STREQUAL "test_")
    target_precompile_headers(test_${module} PRIVATE ${PL_PRECOMPILED_${like}} <doctest/doctest.h>)
  elseif(module STREQUAL like)
    target_precompile_headers(pl_${module} PRIVATE ${PL_PRECOMPILED_${like}})
  else()
    target_precompile_headers(${prefix}${module} REUSE_FROM ${prefix}${like})
  endif()
endfunction()

# Modules whose time is the network's, the application's or the reader's: a quick build is worth more there.
set(PL_COLD conf sign scan data facts checks plan verdict report engine cli)

# One target per folder under src/, its unit tests beside the sources as *_test.cc.
function(pl_add_module module)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${module}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|_fuzz\\.cc$|/main\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  pl_include_root(${module} root)
  pl_fence_source(${module} fence)
  add_library(pl_${module} STATIC ${sources} ${fence})
  target_include_directories(pl_${module} PUBLIC ${root})
  foreach(used IN LISTS PL_USES_${module})
    target_link_libraries(pl_${module} PUBLIC pl_${used})
  endforeach()
  target_link_libraries(pl_${module} PUBLIC ${PL_LIBS_${module}})
  pl_precompile(pl_ ${module})
  pl_group(pl_${module} ${module} ${sources})
  set(quick "$<$<CONFIG:Release>:-O1>")
  if(module IN_LIST PL_COLD)
    target_compile_options(pl_${module} PRIVATE ${quick})
  endif()
  if(tests)
    add_executable(test_${module} ${tests})
    target_link_libraries(test_${module} PRIVATE pl_${module} pl_test_main)
    pl_precompile(test_ ${module})
    pl_group(test_${module} ${module} ${tests})
    target_compile_options(test_${module} PRIVATE ${quick})
    add_dependencies(unit_tests test_${module})
    add_test(NAME unit.${module} COMMAND test_${module})
    set_tests_properties(unit.${module} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()
