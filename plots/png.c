/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/png.h"

#include <cairo.h>
#include <math.h>

#include "plots/draw.h"

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length) {
    text_append(closure, (const char *)data, length);
    return CAIRO_STATUS_SUCCESS;
}

bool png_render(struct arena *arena, const struct scene *scene, double pixels_per_point,
                struct bytes *out, struct err *err) {
    struct text png = {.arena = arena};
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(scene->width * pixels_per_point),
                                   (int)ceil(scene->height * pixels_per_point));
    cairo_t *cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_scale(cairo, pixels_per_point, pixels_per_point);
    draw_scene(cairo, scene, false);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, append, &png);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS)
        return err_set(err, ERR_SYSTEM, "cannot draw the picture: %s",
                       cairo_status_to_string(status));
    *out = (struct bytes){png.data, png.n};
    return true;
}
