"""Sample of a pair: annotation and prediction."""

from mmengine.structures import BaseDataElement


class ChangeDataSample(BaseDataElement):
    """One bi-temporal pair: annotation on the way in, prediction on the way out.

    Data fields, each present only where it is known:

    - ``gt_captions`` (list[str]): all reference sentences.
    - ``targets`` (list[str]): the sentences that this draw trains on.
    - ``change_flag`` (int): 1 if the pair shows a change, else 0.
    - ``gt_mask`` (Tensor): (H, W) uint8 change mask, see :mod:`mmrsicc.structures.change_mask`.
    - ``before_semantic`` and ``after_semantic`` (Tensor): (H, W) uint8 class ids of the semantic
      maps. They are ground truth too: a model that reads them when it predicts is told more than
      the images say.
    - ``pred_caption`` (str) and ``pred_score`` (float): the model's sentence and its
      length-normalised log-probability.
    - ``pred_flag`` (float): predicted probability of a change, of models with a flag head.
    - ``pred_mask`` (Tensor): (H, W) uint8 predicted change mask, and ``pred_classes`` (int): how
      many classes the model distinguishes, "unchanged" among them.

    Metainfo: ``pair_id``, ``before_path``, ``after_path``, ``ori_shape``, ``img_shape`` (both
    (H, W)), and what augmentation did (``orientation``).
    """
