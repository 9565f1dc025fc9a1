# find_package(kevo) defines kevo::kevo, the shared library, and kevo::kevo-static, the static library with the system's
# libraries that it needs, if they are installed. It finds them by the path of this file, so the prefix may be moved.

get_filename_component(_kevo_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

# If they were installed to other directories, the user sets kevo_LIBDIR and kevo_INCLUDEDIR.
set(_kevo_libdirs
  ${kevo_LIBDIR}
  "${_kevo_prefix}/lib"
  "${_kevo_prefix}/lib64"
  "${_kevo_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}"
)
set(_kevo_includedirs ${kevo_INCLUDEDIR} "${_kevo_prefix}/include")

# The first directory that has the file.
function(_kevo_find result file)
  foreach(directory IN LISTS ARGN)
    if(EXISTS "${directory}/${file}")
      set(${result} "${directory}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${result} "" PARENT_SCOPE)
endfunction()

function(_kevo_add target type file)
  _kevo_find(libdir ${file} ${_kevo_libdirs})
  if(libdir AND NOT TARGET ${target})
    add_library(${target} ${type} IMPORTED)
    set_target_properties(${target} PROPERTIES
      IMPORTED_LOCATION "${libdir}/${file}"
      INTERFACE_INCLUDE_DIRECTORIES "${_kevo_includedir}"
    )
  endif()
endfunction()

_kevo_find(_kevo_includedir kevo.h ${_kevo_includedirs})
if(_kevo_includedir)
  _kevo_add(kevo::kevo SHARED libkevo.so)
  _kevo_add(kevo::kevo-static STATIC libkevo.a)
endif()

if(TARGET kevo::kevo-static)
  # As in kevo.pc.
  set_target_properties(kevo::kevo-static PROPERTIES INTERFACE_LINK_LIBRARIES "-lutil;-lrt;-lpthread;-lm;-ldl;-lc")
elseif(NOT TARGET kevo::kevo)
  set(kevo_FOUND FALSE)
  set(kevo_NOT_FOUND_MESSAGE
    "libkevo or kevo.h is not below ${_kevo_prefix}. Set kevo_LIBDIR and kevo_INCLUDEDIR to where they are.")
endif()
