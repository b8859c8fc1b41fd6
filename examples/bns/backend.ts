// bns compiles native code when it is installed, or does without if it is told so before it is loaded.
process.env.NODE_BACKEND ??= 'js';
