/* Closing what HDF5 opened, whatever kind it is of. */
#include "h5_internal.h"

void fal_h5_release(hid_t id)
{
    if (id <= 0) { /* invalid, or a constant as H5P_DEFAULT and H5S_ALL */
        return;
    }
    switch (H5Iget_type(id)) {
    case H5I_DATATYPE:
        (void)H5Tclose(id);
        break;
    case H5I_DATASPACE:
        (void)H5Sclose(id);
        break;
    case H5I_ATTR:
        (void)H5Aclose(id);
        break;
    case H5I_GENPROP_LST:
        (void)H5Pclose(id);
        break;
    default:
        (void)H5Oclose(id); /* groups and datasets */
    }
}
