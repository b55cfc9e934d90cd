#pragma once
// wire: protocol parsers and encoders without I/O.
