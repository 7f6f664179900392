# SPDX-License-Identifier: GPL-3.0-or-later
# Shared build rules: warnings, one static library a folder, one executable a test file, embedded data files.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# A library that has no usable pkg-config file: header + library, or a message that names the package to install.
function(headroom_find name header library package)
  find_path(${name}_INCLUDE_DIR ${header})
  find_library(${name}_LIBRARY ${library})
  if(NOT ${name}_INCLUDE_DIR OR NOT ${name}_LIBRARY)
    message(FATAL_ERROR "${name} not found: install the package ${package} (or run ./dev demo, which does)")
  endif()
  add_library(${name}::${name} UNKNOWN IMPORTED)
  set_target_properties(${name}::${name} PROPERTIES
    IMPORTED_LOCATION "${${name}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${${name}_INCLUDE_DIR}")
endfunction()

headroom_find(GLPK glpk.h glpk libglpk-dev)
headroom_find(CSV csv.h csv libcsv-dev)
headroom_find(YAML yaml.h yaml libyaml-dev)
headroom_find(YAJL yajl/yajl_parse.h yajl libyajl-dev)
headroom_find(ZSTD zstd.h zstd libzstd-dev)
headroom_find(ZLIB zlib.h z zlib1g-dev)
headroom_find(NETTLE nettle/sha2.h nettle nettle-dev)
headroom_find(JANSSON jansson.h jansson libjansson-dev)
headroom_find(GSL gsl/gsl_linalg.h gsl libgsl-dev)
if(HEADROOM_TESTS)
  headroom_find(CRITERION criterion/criterion.h criterion libcriterion-dev)
endif()

# A replay is a few dozen small functions a request, in a dozen files: release builds inline across them (decision
# 8). Results do not change: the compiler may not reorder floating-point arithmetic there either.
include(CheckIPOSupported)
check_ipo_supported(RESULT HEADROOM_IPO LANGUAGES C OUTPUT HEADROOM_IPO_WHY)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION_RELEASE ${HEADROOM_IPO})

add_library(headroom_flags INTERFACE)
target_compile_options(headroom_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  -ffp-contract=off $<$<BOOL:${HEADROOM_WERROR}>:-Werror>)
target_include_directories(headroom_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(headroom_flags INTERFACE _GNU_SOURCE HEADROOM_VERSION="${PROJECT_VERSION}")
# Tests write the fields that matter. Behind headroom_flags: to clang the last word counts.
add_library(headroom_test_flags INTERFACE)
target_compile_options(headroom_test_flags INTERFACE -Wno-missing-field-initializers)
if(HEADROOM_SANITIZE)
  target_compile_options(headroom_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(headroom_flags INTERFACE -fsanitize=address,undefined)
  # What is read before it is set is the same garbage on every run: a fault that shows by chance elsewhere shows here.
  include(CheckCCompilerFlag)
  check_c_compiler_flag(-ftrivial-auto-var-init=pattern HEADROOM_PATTERN_INIT)
  target_compile_options(headroom_flags INTERFACE $<$<BOOL:${HEADROOM_PATTERN_INIT}>:-ftrivial-auto-var-init=pattern>)
endif()

# headroom_module(NAME SOURCES a.c b.c DEPENDS headroom_base PRIVATE CSV::CSV)
function(headroom_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(headroom_${name} STATIC ${ARG_SOURCES})
  target_compile_options(headroom_${name} PRIVATE -Wconversion)
  target_link_libraries(headroom_${name} PUBLIC headroom_flags ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE} m)
endfunction()

# headroom_test(FILE.c LABEL folder LIBRARIES headroom_base ... [SLOW] [PRIVATE extra])
# One executable and one CTest entry a file. Exit 77 = skipped (data not at hand).
function(headroom_test file)
  cmake_parse_arguments(ARG "SLOW" "LABEL" "LIBRARIES" ${ARGN})
  get_filename_component(name ${file} NAME_WE)
  add_executable(${name} ${file})
  target_link_libraries(${name} PRIVATE headroom_flags headroom_test_flags ${ARG_LIBRARIES} CRITERION::CRITERION m)
  add_test(NAME ${ARG_LABEL}/${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set(labels ${ARG_LABEL})
  if(ARG_SLOW)
    list(APPEND labels slow)
  endif()
  set_tests_properties(${ARG_LABEL}/${name} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77 TIMEOUT 1500)
endfunction()

# headroom_embed(TARGET out_variable_header FILES...) : each file becomes bytes in the binary, found by its path
# relative to the source tree. See base/embedded.h.
function(headroom_embed target)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.c)
  set(inputs "")
  foreach(file ${ARGN})
    list(APPEND inputs ${CMAKE_SOURCE_DIR}/${file})
  endforeach()
  string(REPLACE ";" "," joined "${ARGN}")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DTABLE=${target}_embedded -DFILES=${joined} -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake VERBATIM)
  target_sources(headroom_${target} PRIVATE ${out})
endfunction()
