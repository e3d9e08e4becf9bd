'use strict'
void require('./start.cjs').prepare()
