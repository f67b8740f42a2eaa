/* HDF5 1.10 to 2.x: calls whose names or arguments differ between them. Nothing deprecated is used. */
#ifndef FAL_IO_H5_COMPAT_H
#define FAL_IO_H5_COMPAT_H

/* Installations that prefer old names (Debian's 1.10 those of 1.8) refuse to do without them. */
#include <H5pubconf.h>
#if !defined(H5_USE_16_API_DEFAULT) && !defined(H5_USE_18_API_DEFAULT) && !defined(H5_USE_110_API_DEFAULT) &&          \
    !defined(H5_USE_112_API_DEFAULT)
#define H5_NO_DEPRECATED_SYMBOLS
#endif
#include <hdf5.h>

#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info2_t fal_h5_link_info;
#define fal_h5_link_get_info(file, path, info) H5Lget_info2(file, path, info, H5P_DEFAULT)
#define fal_h5_link_iterate(group, visit, context) H5Literate2(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, context)
#define fal_h5_reclaim(type, space, values) H5Treclaim(type, space, H5P_DEFAULT, values)
#else
typedef H5L_info_t fal_h5_link_info;
#define fal_h5_link_get_info(file, path, info) H5Lget_info(file, path, info, H5P_DEFAULT)
#define fal_h5_link_iterate(group, visit, context) H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit, context)
#define fal_h5_reclaim(type, space, values) H5Dvlen_reclaim(type, space, H5P_DEFAULT, values)
#endif

/** A chunk as it is stored, into `size` bytes, which it has. */
#if H5_VERSION_GE(2, 0, 0)
#define fal_h5_read_chunk(dataset, offset, mask, values, size)                                                         \
    H5Dread_chunk2(dataset, H5P_DEFAULT, offset, mask, values, &(size_t){size})
#else
#define fal_h5_read_chunk(dataset, offset, mask, values, size) H5Dread_chunk(dataset, H5P_DEFAULT, offset, mask, values)
#endif

#endif
