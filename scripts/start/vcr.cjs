'use strict'
void require('./start.cjs').start('vcr')
