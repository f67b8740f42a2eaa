/* The list of architectures: one line here and a file src/nn/model_*.c that builds them (docs/adding.md). */
#ifndef FAL_NN_MODELS_H
#define FAL_NN_MODELS_H

/* X(name, builder, width): name as on the command line; fal_model_<builder>_build puts it together; width names a
 * tensor [width] that tells how wide a stored model is, NULL where all have the same width. */
#define FAL_MODEL_LIST(X)                                                                                              \
    X(cnn4conv, cnn4conv, "features.0.0.bias")                                                                         \
    X(resnet10, resnet, NULL)                                                                                          \
    X(resnet18, resnet, NULL)                                                                                          \
    X(mobilenet, mobilenet, NULL)

/** "cnn4conv|resnet10|...": the choices of --model. */
#define FAL_MODEL_NAMES (&(FAL_MODEL_LIST(FAL_MODEL_NAME))[1])
#define FAL_MODEL_NAME(name, builder, width) "|" #name
#define FAL_MODEL_ONE(name, builder, width) +1
enum { FAL_MODELS = 0 FAL_MODEL_LIST(FAL_MODEL_ONE) };

#endif
