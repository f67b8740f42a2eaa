"""Arrays of your own -> a dataset for fal_hpc. Needs numpy.

    python3 examples/own_images.py build/bin/fal_data shapes.h5

Here the images are drawn; put yours in the place of draw(): uint8 [n, height, width, channels], labels from 0, and for
each image the number of the site (hospital, phone, ...) that holds it: --partition site makes a client of each.
"""
import subprocess
import sys

import numpy


def draw(n, random):
    """Discs, squares and stripes of one colour on noise, 16 x 16, from three sites of different brightness."""
    rows, columns = numpy.mgrid[0:16, 0:16]
    shapes = [(rows - 8) ** 2 + (columns - 8) ** 2 < 30, (abs(rows - 8) < 5) & (abs(columns - 8) < 5), rows % 4 < 2]
    labels = numpy.arange(n) % len(shapes)
    sites = random.integers(0, 3, n)
    images = random.integers(0, 80, (n, 16, 16, 3)) + 20 * sites[:, None, None, None]
    for image, label in zip(images, labels):
        image[shapes[label]] += random.integers(60, 116, 3)
    return images.astype(numpy.uint8), labels, sites


def main(fal_data, dataset):
    random = numpy.random.default_rng(1)
    images, labels, sites = draw(300, random)
    test_images, test_labels, _ = draw(90, random)
    arrays = dataset.removesuffix(".h5") + ".npz"
    numpy.savez(arrays, images=images, labels=labels, sites=sites, test_images=test_images, test_labels=test_labels,
                class_names=numpy.array(["disc", "square", "stripes"]))
    subprocess.run([fal_data, "import", "npy", arrays, "-o", dataset], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
