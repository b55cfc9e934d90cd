#pragma once
// conf: the YAML tree with positions, schemas and proofload.yaml.
