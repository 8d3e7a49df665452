"""An image that keeps its own pixels where the paper has as many."""

from typing import Any, Final

from matplotlib.image import AxesImage

#: Pixels of the image and of the paper may differ by this part and are still taken one for one.
SAME_SIZE: Final = 0.05


class SharpImage(AxesImage):
    """
    An image drawn pixel for pixel at the resolution that it was made for, smoothed at others.

    Smoothing between grids that differ by a pixel would only blur, and double the file.
    """

    def make_image(
        self,
        renderer: Any,  # noqa: ANN401  # as the method it overrides
        magnification: float = 1.0,
        unsampled: bool = False,  # noqa: FBT001, FBT002  # as the method it overrides
    ) -> Any:  # noqa: ANN401  # as the method it overrides
        """Choose how to resample, then do as every image does."""
        left, right, _, _ = self.get_extent()
        (x_0, _), (x_1, _) = self.axes.transData.transform([(left, 0.0), (right, 0.0)])
        data = self.get_array()
        n_columns = 1 if data is None else data.shape[1]
        ratio = abs(x_1 - x_0) * magnification / n_columns
        is_same = abs(ratio - 1.0) <= SAME_SIZE
        self.set_interpolation("nearest" if is_same else "antialiased")
        return super().make_image(renderer, magnification, unsampled)
